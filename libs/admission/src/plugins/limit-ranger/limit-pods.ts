import {
  podLimits,
  podRequests,
  quantityFrom,
  type Container,
  type DeepReadonly,
  type LimitRange,
  type PersistentVolumeClaim,
  type Pod,
} from '@nestor/api';
import {
  aboveMax,
  aboveMaxRequest,
  aboveRatio,
  belowMin,
  type Limit,
  type ResourceList,
  type Wanted,
} from './limit-checks';

type Range = DeepReadonly<LimitRange>;
type Item = NonNullable<Range['spec']>['limits'][number];
type Check = (limit: Limit, wanted: Wanted) => string | undefined;

const annotation = 'kubernetes.io/limit-ranger';

/** Gives containers what the range says they get who ask for nothing, and says so on the pod. */
export function setDefaults(pod: Pod, range: Range): void {
  const defaults = defaultsOf(range);
  const notes = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, defaults, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, defaults, 'init container')),
  ];
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

function defaultsOf({ spec }: Range): Wanted {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container');
  return {
    requests: Object.assign({}, ...items.map((item) => item.defaultRequest)) as ResourceList,
    limits: Object.assign({}, ...items.map((item) => item.default)) as ResourceList,
  };
}

function fill(container: Container, defaults: Wanted, what: string): string[] {
  const notes: string[] = [];
  // Upstream sets limits first and tells of requests first.
  for (const list of ['requests', 'limits'] as const) {
    const given = container.resources?.[list] ?? {};
    const missing = Object.keys(defaults[list])
      .filter((name) => given[name] === undefined)
      .sort();
    if (missing.length === 0) continue;
    const added = Object.fromEntries(missing.map((name) => [name, defaults[list][name] ?? '']));
    container.resources = { ...container.resources, [list]: { ...given, ...added } };
    notes.push(`${missing.join(', ')} ${list.slice(0, -1)} for ${what} ${container.name}`);
  }
  return notes;
}

/** Everything in which a pod is outside the range. */
export function podProblems(pod: DeepReadonly<Pod>, range: Range): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return (range.spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container') return containers.flatMap(({ resources }) => problems(item, wantedBy(resources)));
    return item.type === 'Pod' ? problems(item, wantedByPod(pod)) : [];
  });
}

export function claimProblems({ spec }: DeepReadonly<PersistentVolumeClaim>, range: Range): string[] {
  const wanted = { requests: spec?.resources?.requests ?? {}, limits: {} };
  return (range.spec?.limits ?? [])
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...each(item, item.min, { check: belowMin, wanted }),
      ...each(item, item.max, { check: aboveMaxRequest, wanted }),
    ]);
}

const problems = (item: Item, wanted: Wanted): string[] => [
  ...each(item, item.min, { check: belowMin, wanted }),
  ...each(item, item.max, { check: aboveMax, wanted }),
  ...each(item, item.maxLimitRequestRatio, { check: aboveRatio, wanted }),
];

function each({ type }: Item, list: ResourceList = {}, { check, wanted }: { check: Check; wanted: Wanted }): string[] {
  return Object.keys(list)
    .sort()
    .flatMap((resource) => check({ type, resource, enforced: quantityFrom(list[resource]) }, wanted) ?? []);
}

const wantedBy = (resources: DeepReadonly<Container>['resources']): Wanted => ({
  requests: resources?.requests ?? {},
  limits: resources?.limits ?? {},
});

/** Without the overhead: that is the cluster's, not the pod's wish. */
function wantedByPod(pod: DeepReadonly<Pod>): Wanted {
  const bare = { ...pod, spec: pod.spec && { ...pod.spec, overhead: undefined } } as DeepReadonly<Pod>;
  return { requests: podRequests(bare), limits: podLimits(bare) };
}
