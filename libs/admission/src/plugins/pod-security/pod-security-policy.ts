import { field, type FieldError } from '@nestor/api';
import { baselineChecks } from './checks/baseline-checks';
import type { CheckedPod, Violation } from './checks/check';
import { restrictedChecks } from './checks/restricted-checks';

const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];
export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];

/** A level of the standards as of a version of Kubernetes. */
export interface LevelVersion {
  readonly level: Level;
  /** "latest" or "v1.29". */
  readonly version: string;
}
export type Policy = Readonly<Record<Mode, LevelVersion>>;

export const prefix = 'pod-security.kubernetes.io/';
/** The version of Kubernetes whose standards "latest" means. */
const latestMinor = 36;

const nothing: LevelVersion = { level: 'privileged', version: 'latest' };
export const privilegedPolicy: Policy = { enforce: nothing, audit: nothing, warn: nothing };

export const shown = ({ level, version }: LevelVersion): string => `${level}:${version}`;
export const isSame = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;
export const isStricter = (a: Level, b: Level): boolean => levels.indexOf(a) > levels.indexOf(b);

const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text);
const isVersion = (text: string): boolean => text === 'latest' || /^v1\.(0|[1-9][0-9]*)$/.test(text);

/** The labels of a namespace over the defaults. What cannot be read enforces most, and warns and records nothing. */
export function policyOf(
  labels: Readonly<Record<string, string>> = {},
  defaults: Policy = privilegedPolicy,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: Mode): LevelVersion => {
    const level = labels[prefix + mode] ?? defaults[mode].level;
    const version = labels[`${prefix}${mode}-version`] ?? defaults[mode].version;
    const path = (suffix: string): string => `metadata.labels[${prefix}${mode}${suffix}]`;
    if (!isLevel(level)) errors.push(field.invalid(path(''), level, `must be one of ${levels.join(', ')}`));
    if (!isVersion(version)) errors.push(field.invalid(path('-version'), version, 'must be "latest" or "v1.x"'));
    return {
      level: isLevel(level) ? level : mode === 'enforce' ? 'restricted' : 'privileged',
      version: isVersion(version) ? version : 'latest',
    };
  };
  return { policy: { enforce: read('enforce'), audit: read('audit'), warn: read('warn') }, errors };
}

/** Everything in which a pod is outside a level of the standards. */
export function violationsOf({ level, version }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? latestMinor : Math.min(Number(version.slice('v1.'.length)), latestMinor);
  const stricter = level === 'restricted' ? restrictedChecks.filter(({ since }) => since <= minor) : [];
  const replaced = new Set(stricter.map(({ replaces }) => replaces));
  const checks = [...baselineChecks.filter(({ id, since }) => since <= minor && !replaced.has(id)), ...stricter];
  return checks.flatMap(({ check }) => check(pod, minor) ?? []);
}

export const detailOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
export const reasonOf = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(', ');
