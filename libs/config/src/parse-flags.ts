import type { OptionDeclaration } from './option.decorator';

export interface ParsedFlags {
  values: Map<OptionDeclaration, string[]>;
  configFile?: string;
  help: boolean;
  problems: string[];
}

/** Reads `--name value`, `--name=value`, `--switch`, `--no-switch`; a list may be given several times. */
export function parseFlags(argv: readonly string[], options: readonly OptionDeclaration[]): ParsedFlags {
  const byFlag = new Map(options.map((option) => [option.flag, option]));
  const parsed: ParsedFlags = { values: new Map(), help: false, problems: [] };

  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (argument === '--help' || argument === '-h') {
      parsed.help = true;
      continue;
    }
    if (!argument.startsWith('--')) {
      parsed.problems.push(`unexpected argument "${argument}"`);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = argument.slice(2, equals < 0 ? undefined : equals);
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    const next = () => inline ?? followingValue(argv, index, () => index++);

    if (name === 'config') {
      parsed.configFile = next();
      if (!parsed.configFile) parsed.problems.push('--config needs the path of a file');
      continue;
    }
    const negated = name.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined;
    if (negated?.type === 'boolean' && inline === undefined) {
      parsed.values.set(negated, ['false']);
      continue;
    }
    const option = byFlag.get(name);
    if (!option) {
      parsed.problems.push(`unknown option --${name}${suggestion(name, [...byFlag.keys()])}`);
      // Its value, if any, belongs to it and must not be reported as a second problem.
      if (inline === undefined) followingValue(argv, index, () => index++);
      continue;
    }
    const value = option.type === 'boolean' ? (inline ?? switchValue(argv, index, () => index++)) : next();
    if (value === undefined) parsed.problems.push(`--${name} needs a value`);
    else parsed.values.set(option, [...((option.type === 'list' && parsed.values.get(option)) || []), value]);
  }
  return parsed;
}

function followingValue(argv: readonly string[], index: number, take: () => void): string | undefined {
  const value = argv[index + 1];
  if (value === undefined || value.startsWith('--')) return undefined;
  take();
  return value;
}

function switchValue(argv: readonly string[], index: number, take: () => void): string {
  const value = argv[index + 1];
  if (value !== 'true' && value !== 'false') return 'true';
  take();
  return value;
}

function suggestion(name: string, known: readonly string[]): string {
  const close = known
    .map((flag) => ({ flag, distance: editDistance(name, flag) }))
    .filter(({ flag, distance }) => distance <= Math.max(2, Math.floor(flag.length / 4)))
    .sort((a, b) => a.distance - b.distance)[0];
  return close ? ` (did you mean --${close.flag}?)` : '';
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, replaced));
    }
    previous = current;
  }
  return previous[b.length]!;
}
