import type { Container, DeepReadonly, Pod } from '@nestor/api';

type ObservedPod = DeepReadonly<Pod>;
export type PodSpec = NonNullable<ObservedPod['spec']>;
export type CheckedContainer = DeepReadonly<Container>;

/** What is looked at: a pod, or the template of one. */
export interface CheckedPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** In what a pod is outside the standard; the reason alone is what many pods are summed up by. */
export interface Violation {
  reason: string;
  detail: string;
}

/** One rule of the Pod Security Standards. */
export interface PodCheck {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** Of the restricted level: the baseline rule that this one makes superfluous. */
  readonly replaces?: string;
  /** The first minor version of Kubernetes 1 that has it. */
  readonly since: number;
  /** `minor` is the version of the standard that the namespace asks for. */
  check(pod: CheckedPod, minor: number): Violation | undefined;
}

export const containersOf = ({ containers, initContainers = [], ephemeralContainers = [] }: PodSpec) =>
  [...initContainers, ...containers, ...ephemeralContainers] as readonly CheckedContainer[];

export const containersWhere = (spec: PodSpec, isBad: (container: CheckedContainer) => boolean): string[] =>
  containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name);

export const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ');
export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();

/** 'container "a"' or 'containers "a", "b"'. */
export const containersText = (names: readonly string[]): string =>
  `${plural('container', 'containers', names.length)} ${quoted(names)}`;

/** 'pod and container "a"': who has set something it must not. */
export const settersText = (isPod: boolean, containers: readonly string[]): string =>
  [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(' and ');

/** Since 1.35 a user namespace makes root inside harmless outside. */
export const isInUserNamespace = ({ hostUsers }: PodSpec, minor: number): boolean => minor >= 35 && hostUsers === false;
/** Since 1.25 what means nothing on Windows is not asked there. */
export const isForWindows = ({ os }: PodSpec, minor: number): boolean => minor >= 25 && os?.name === 'windows';
