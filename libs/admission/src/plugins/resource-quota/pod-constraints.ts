import type { Container, DeepReadonly, Pod } from '@nestor/api';

/** What every container must say where a quota counts it. It was a mistake, says upstream, and stays as it is. */
const demanded: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

/** "limits.cpu for: a,b; memory for: a": what the containers leave unsaid; empty when nothing is missing. */
export function missingResources({ spec }: DeepReadonly<Pod>, counted: readonly string[]): string {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return counted
    .filter((name) => demanded.has(name) && !says(spec?.resources, name))
    .sort()
    .map((name) => ({ name, silent: containers.filter(({ resources }) => !says(resources, name)) }))
    .filter(({ silent }) => silent.length > 0)
    .map(({ name, silent }) => `${name} for: ${[...new Set(silent.map((one) => one.name))].sort().join(',')}`)
    .join('; ');
}

function says(resources: DeepReadonly<Container>['resources'], name: string): boolean {
  const list = name.startsWith('limits.') ? resources?.limits : resources?.requests;
  return list?.[name.replace(/^(limits|requests)\./, '')] !== undefined;
}
