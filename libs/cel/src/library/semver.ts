import { CelError } from '../values/cel-error';
import { OpaqueValue } from '../values/opaque';
import { declare, Library } from './library';

const identifier = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const shape = new RegExp(
  `^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

class SemverValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Semver';
  constructor(
    readonly numbers: readonly [bigint, bigint, bigint],
    readonly pre: readonly string[],
  ) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof SemverValue && compareVersions(this, other) === 0;
  }
}

function tryParse(text: string, normalize = false): SemverValue | undefined {
  const normal = normalize ? normalized(text) : text;
  const found = shape.exec(normal ?? '');
  if (!found) return undefined;
  const [, major = '0', minor = '0', patch = '0', pre] = found;
  return new SemverValue([BigInt(major), BigInt(minor), BigInt(patch)], pre?.split('.') ?? []);
}

/** Without "v" and leading noughts, with all three numbers; a short version has no pre-release. */
function normalized(text: string): string | undefined {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length ? [rest.join('.')] : [])].map((part) =>
    part.replace(/^0+(?=\d)/, ''),
  );
  if (parts.length < 3 && /[+-]/.test(parts[parts.length - 1] ?? '')) return undefined;
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

function parse(text: string, normalize = false): SemverValue {
  const found = tryParse(text, normalize);
  if (!found) throw new CelError(semverProblem(text));
  return found;
}

/** A version as expressions see it. */
export const semverValue = (text: string): OpaqueValue => parse(text);

function semverProblem(text: string): string {
  if (text === '') return 'Version string empty';
  if (text.split('.').length < 3) return 'No Major.Minor.Patch elements found';
  return `Invalid character(s) found in version ${JSON.stringify(text)}`;
}

function compareVersions(a: SemverValue, b: SemverValue): number {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  // A release comes after all its pre-releases.
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (let index = 0; index < Math.max(a.pre.length, b.pre.length); index += 1) {
    const order = compareIdentifiers(a.pre[index], b.pre[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [left, right] = [a, b].map((one) => /^\d+$/.test(one));
  if (left && right) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : 1;
}

const type = 'kubernetes.Semver';
const number =
  (index: 0 | 1 | 2) =>
  ({ numbers }: SemverValue): bigint =>
    numbers[index];

/** Kubernetes' semver library. */
export const semverLibrary: Library = {
  types: [type],
  functions: [
    declare(`semver(string): ${type}`, parse),
    declare(`semver(string, bool): ${type}`, parse),
    declare('isSemver(string): bool', (text: string) => tryParse(text) !== undefined),
    declare(
      'isSemver(string, bool): bool',
      (text: string, normalize: boolean) => tryParse(text, normalize) !== undefined,
    ),
    declare(`${type}.isGreaterThan(${type}): bool`, (a: SemverValue, b: SemverValue) => compareVersions(a, b) > 0),
    declare(`${type}.isLessThan(${type}): bool`, (a: SemverValue, b: SemverValue) => compareVersions(a, b) < 0),
    declare(`${type}.compareTo(${type}): int`, (a: SemverValue, b: SemverValue) => BigInt(compareVersions(a, b))),
    declare(`${type}.major(): int`, number(0)),
    declare(`${type}.minor(): int`, number(1)),
    declare(`${type}.patch(): int`, number(2)),
  ],
};
