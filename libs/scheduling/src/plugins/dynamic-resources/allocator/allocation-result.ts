import { formatQuantity, type AllocationResult } from '@nestor/api';
import type { Chosen } from './allocator';
import type { Alternative, Claim } from './wanted-devices';

type Devices = NonNullable<AllocationResult['devices']>;
type Result = NonNullable<Devices['results']>[number];
type Configuration = NonNullable<Devices['config']>[number];
type Selector = NonNullable<AllocationResult['nodeSelector']>;
type Term = Selector['nodeSelectorTerms'][number];
type Requirement = NonNullable<Term['matchExpressions']>[number];

export interface Solution {
  claim: Claim;
  requests: readonly (readonly Alternative[])[];
  choices: readonly number[];
  chosen: readonly Chosen[];
  node: string;
}

function resultOf({ candidate, alternative, shareId, consumed }: Chosen): Result {
  const { device, slice } = candidate;
  const { bindingConditions, bindingFailureConditions } = device;
  return {
    request: alternative.name,
    driver: slice.spec.driver,
    pool: slice.spec.pool.name,
    device: device.name,
    ...(alternative.adminAccess && { adminAccess: true }),
    ...(alternative.tolerations.length > 0 && { tolerations: alternative.tolerations.map((one) => ({ ...one })) }),
    ...(bindingConditions?.length && { bindingConditions: [...bindingConditions] }),
    ...(bindingFailureConditions?.length && { bindingFailureConditions: [...bindingFailureConditions] }),
    ...(shareId && { shareID: shareId }),
    ...(shareId &&
      consumed &&
      consumed.size > 0 && {
        consumedCapacity: Object.fromEntries([...consumed].map(([name, amount]) => [name, formatQuantity(amount)])),
      }),
  };
}

/** The classes' configuration first, each class's once; empty requests mean all of them. */
function configOf({ claim, requests, choices }: Solution): Configuration[] {
  const taken = requests.flatMap((alternatives, at) => alternatives[choices[at] ?? 0] ?? []);
  const ofClass = new Map<string, Alternative[]>();
  for (const one of taken) {
    const name = one.deviceClass.metadata.name ?? '';
    ofClass.set(name, [...(ofClass.get(name) ?? []), one]);
  }
  const config: Configuration[] = [...ofClass.values()].flatMap((users) =>
    (users[0]?.deviceClass.spec.config ?? []).map(({ opaque }) => ({
      source: 'FromClass',
      requests: users.map(({ name }) => name),
      ...(opaque && { opaque: structuredClone(opaque) }),
    })),
  );
  for (const { requests: of = [], opaque } of claim.spec.devices?.config ?? []) {
    if (of.length > 0 && !taken.some(({ names }) => names.some((name) => of.includes(name)))) continue;
    config.push({
      source: 'FromClaim',
      requests: [...of],
      ...(opaque && { opaque: structuredClone(opaque) }),
    });
  }
  for (const one of config)
    if (one.requests?.length === requests.length || one.requests?.length === 0) delete one.requests;
  return config;
}

const sameRequirement = (a: Requirement, b: Requirement): boolean =>
  a.key === b.key &&
  a.operator === b.operator &&
  [...(a.values ?? [])].sort().join() === [...(b.values ?? [])].sort().join();

function join(into: Requirement[], from: readonly Requirement[]): void {
  for (const one of from) if (!into.some((there) => sameRequirement(there, one))) into.push(structuredClone(one));
}

/** Where pods can use all of the devices; absent where that is everywhere. */
function selectorOf({ chosen, node }: Solution): Selector | undefined {
  const [expressions, fields]: [Requirement[], Requirement[]] = [[], []];
  for (const { candidate } of chosen) {
    const { slice, device } = candidate;
    const { nodeName, nodeSelector } = slice.spec.perDeviceNodeSelection ? device : slice.spec;
    if (nodeName || device.bindsToNode) {
      const here = { key: 'metadata.name', operator: 'In', values: [node] };
      return { nodeSelectorTerms: [{ matchFields: [here] }] };
    }
    const term = nodeSelector?.nodeSelectorTerms[0];
    join(expressions, (term?.matchExpressions ?? []) as readonly Requirement[]);
    join(fields, (term?.matchFields ?? []) as readonly Requirement[]);
  }
  if (expressions.length + fields.length === 0) return undefined;
  const term: Term = {
    ...(expressions.length > 0 && { matchExpressions: expressions }),
    ...(fields.length > 0 && { matchFields: fields }),
  };
  return { nodeSelectorTerms: [term] };
}

export function allocationResult(solution: Solution): AllocationResult {
  const config = configOf(solution);
  const nodeSelector = selectorOf(solution);
  return {
    devices: { results: solution.chosen.map(resultOf), ...(config.length > 0 && { config }) },
    ...(nodeSelector && { nodeSelector }),
  };
}
