import type { Node, Pod } from '@nestor/api';
import { PlainStorage, volumeRefusals, volumesRejection } from './reference-volumes';

/**
 * The scheduler as its plugins are defined, written for the eye and not for the clock: every question is answered by
 * looking at all nodes and pods again. It shares no code with the scheduler, so that the two can be held against each
 * other.
 */
export interface PlainCluster {
  nodes: Node[];
  /** Placed, each with its spec.nodeName. */
  pods: Pod[];
  namespaces: Record<string, Labels>;
  storage: PlainStorage;
}

export interface Verdict {
  /** Totals of the nodes that fit. */
  totals: Record<string, number>;
  /** The message when none fits. */
  message: string | undefined;
}

type Labels = Record<string, string>;
type Spec = NonNullable<Pod['spec']>;
type Affinity = NonNullable<Spec['affinity']>;
type Term = NonNullable<NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type Selector = Term['labelSelector'];
type Constraint = NonNullable<Spec['topologySpreadConstraints']>[number];
type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];
type NodeTerm = { matchExpressions?: Requirement[]; matchFields?: Requirement[] };
type Requirement = { key: string; operator: string; values?: string[] };

const units: Record<string, number> = { m: 0.001, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

function amount(quantity: string | undefined): number {
  const [, digits = '0', unit = ''] = /^(\d+)(.*)$/.exec(quantity ?? '0') ?? [];
  return Number(digits) * (units[unit] ?? 1);
}

const milli = (quantity: string | undefined): number => Math.round(amount(quantity) * 1000);
const labelsOf = (thing: Node | Pod): Labels => thing.metadata.labels ?? {};
const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? '';
const podsOn = (cluster: PlainCluster, node: Node): Pod[] =>
  cluster.pods.filter((pod) => pod.spec?.nodeName === node.metadata.name);

// --- labels and selectors

function meets({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && /^\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && /^\d+$/.test(value) && Number(value) < Number(values[0]);
    default:
      throw new Error(operator);
  }
}

/** No selector selects nothing, an empty one everything. */
function selects(selector: Selector, labels: Labels): boolean {
  if (!selector) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((one) => meets(one, labels[one.key]));
}

// --- NodeAffinity

function termFits(term: NodeTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => meets(one, labelsOf(node)[one.key])) &&
    matchFields.every((one) => meets(one, node.metadata.name))
  );
}

function requiredTerms(pod: Pod): NodeTerm[] | undefined {
  return pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

function fitsNodeAffinity(pod: Pod, node: Node): boolean {
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labelsOf(node)[key] === value)) return false;
  const terms = requiredTerms(pod);
  return !terms || terms.some((term) => termFits(term, node));
}

/** The only nodes a pod can go to, when every alternative names some. */
function namedNodes(pod: Pod): Set<string> | undefined {
  const terms = requiredTerms(pod);
  if (!terms || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    if (matchFields.length === 0) return undefined;
    for (const name of matchFields[0]?.values ?? []) names.add(name);
  }
  return names;
}

// --- TaintToleration

function tolerated(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some(({ effect, key, operator = 'Equal', value = '' }) => {
    if (effect && effect !== taint.effect) return false;
    if (key && key !== taint.key) return false;
    return operator === 'Exists' || (Boolean(key) && value === (taint.value ?? ''));
  });
}

const hardTaint = (pod: Pod, node: Node): Taint | undefined =>
  (node.spec?.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerated(pod, taint));

const softTaints = (pod: Pod, node: Node): number =>
  (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerated(pod, taint)).length;

// --- NodePorts

type Port = { protocol: string; ip: string; port: number };

function portsOf(pod: Pod): Port[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol = 'TCP', hostIP, hostPort = 0 }) => ({ protocol, ip: hostIP || '0.0.0.0', port: hostPort })),
  );
}

function portsClash(a: Port, b: Port): boolean {
  const sameAddress = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return sameAddress && a.protocol === b.protocol && a.port === b.port;
}

// --- NodeResourcesFit and BalancedAllocation

const resources = ['cpu', 'memory', 'ephemeral-storage', 'example.com/gpu'];
const read = (name: string, quantity: string | undefined): number =>
  name === 'cpu' ? milli(quantity) : amount(quantity);

function request(pod: Pod, name: string): number {
  return (pod.spec?.containers ?? []).reduce((sum, one) => sum + read(name, one.resources?.requests?.[name]), 0);
}

/** What a container counts for in scores when it asks for nothing. */
const standIns: Record<string, number> = { cpu: 100, memory: 200 * 1024 ** 2 };

function scoringRequest(pod: Pod, name: string): number {
  return (pod.spec?.containers ?? []).reduce((sum, one) => {
    const asked = one.resources?.requests?.[name];
    return sum + (asked === undefined ? (standIns[name] ?? 0) : read(name, asked));
  }, 0);
}

const allocatable = (node: Node, name: string): number => read(name, node.status?.allocatable?.[name]);

function shortages(cluster: PlainCluster, pod: Pod, node: Node): string[] {
  const there = podsOn(cluster, node);
  const found = there.length + 1 > amount(node.status?.allocatable?.['pods']) ? ['Too many pods'] : [];
  for (const name of resources) {
    const asked = request(pod, name);
    const used = there.reduce((sum, other) => sum + request(other, name), 0);
    if (asked > 0 && asked > allocatable(node, name) - used) found.push(`Insufficient ${name}`);
  }
  return found;
}

function leastAllocated(cluster: PlainCluster, pod: Pod, node: Node): number {
  const scores: number[] = [];
  for (const name of ['cpu', 'memory']) {
    const capacity = allocatable(node, name);
    if (capacity === 0) continue;
    const wanted = [...podsOn(cluster, node), pod].reduce((sum, other) => sum + scoringRequest(other, name), 0);
    scores.push(wanted > capacity ? 0 : Math.floor(((capacity - wanted) * 100) / capacity));
  }
  return scores.length === 0 ? 0 : Math.floor(scores.reduce((sum, score) => sum + score, 0) / scores.length);
}

function balanced(cluster: PlainCluster, pod: Pod, node: Node): number {
  if (request(pod, 'cpu') === 0 && request(pod, 'memory') === 0) return 0;
  const shares = ['cpu', 'memory']
    .filter((name) => allocatable(node, name) > 0)
    .map((name) => {
      const wanted = [...podsOn(cluster, node), pod].reduce((sum, other) => sum + request(other, name), 0);
      return Math.min(1, wanted / allocatable(node, name));
    });
  const deviation = shares.length < 2 ? 0 : Math.abs(((shares[0] as number) - (shares[1] as number)) / 2);
  return Math.trunc((1 - deviation) * 100);
}

// --- PodTopologySpread

function spreadSelects(constraint: Constraint, pod: Pod, labels: Labels): boolean {
  const own = labelsOf(pod);
  const keys = (constraint.matchLabelKeys ?? []).filter((key) => own[key] !== undefined);
  return selects(constraint.labelSelector, labels) && keys.every((key) => labels[key] === own[key]);
}

function counted(cluster: PlainCluster, constraint: Constraint, pod: Pod, node: Node): number {
  return podsOn(cluster, node).filter(
    (other) =>
      namespaceOf(other) === namespaceOf(pod) &&
      !other.metadata.deletionTimestamp &&
      spreadSelects(constraint, pod, labelsOf(other)),
  ).length;
}

function nodeCounts(constraint: Constraint, pod: Pod, node: Node): boolean {
  if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !fitsNodeAffinity(pod, node)) return false;
  return constraint.nodeTaintsPolicy !== 'Honor' || !hardTaint(pod, node);
}

const constraintsOf = (pod: Pod, action: string): Constraint[] =>
  (pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action);

function hasKeys(constraints: Constraint[], node: Node): boolean {
  return constraints.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined);
}

function spreadRefusal(cluster: PlainCluster, pod: Pod, node: Node): string | undefined {
  const constraints = constraintsOf(pod, 'DoNotSchedule');
  for (const constraint of constraints) {
    const own = labelsOf(node)[constraint.topologyKey];
    if (own === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
    const domains = new Map<string, number>();
    for (const other of cluster.nodes) {
      if (!hasKeys(constraints, other) || !nodeCounts(constraint, pod, other)) continue;
      const domain = labelsOf(other)[constraint.topologyKey] ?? '';
      domains.set(domain, (domains.get(domain) ?? 0) + counted(cluster, constraint, pod, other));
    }
    const enough = domains.size >= (constraint.minDomains ?? 1);
    const fewest = enough ? Math.min(...domains.values()) : 0;
    const self = spreadSelects(constraint, pod, labelsOf(pod)) ? 1 : 0;
    if ((domains.get(own) ?? 0) + self - fewest > constraint.maxSkew)
      return "node(s) didn't match pod topology spread constraints";
  }
  return undefined;
}

function spreadScores(cluster: PlainCluster, pod: Pod, nodes: Node[]): number[] {
  const constraints = constraintsOf(pod, 'ScheduleAnyway');
  if (constraints.length === 0) return nodes.map(() => 0);
  const scored = nodes.filter((node) => hasKeys(constraints, node));
  const raw = nodes.map((node) => {
    if (!scored.includes(node)) return undefined;
    let sum = 0;
    for (const constraint of constraints) {
      const { topologyKey, maxSkew } = constraint;
      const own = labelsOf(node)[topologyKey];
      const byHost = topologyKey === 'kubernetes.io/hostname';
      const values = new Set(scored.map((other) => labelsOf(other)[topologyKey]));
      const weight = Math.log((byHost ? scored.length : values.size) + 2);
      const among = byHost
        ? [node]
        : cluster.nodes.filter(
            (other) =>
              hasKeys(constraints, other) && labelsOf(other)[topologyKey] === own && nodeCounts(constraint, pod, other),
          );
      const count = among.reduce((total, other) => total + counted(cluster, constraint, pod, other), 0);
      sum += count * weight + (maxSkew - 1);
    }
    return Math.round(sum);
  });
  const present = raw.filter((score) => score !== undefined);
  const [lowest, highest] = [Math.min(...present), Math.max(0, ...present)];
  return raw.map((score) => {
    if (score === undefined) return 0;
    return highest === 0 ? 100 : Math.trunc((100 * (highest + lowest - score)) / highest);
  });
}

// --- InterPodAffinity

const required = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): Term[] =>
  pod.spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferred = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity') =>
  pod.spec?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** Whether the term of `owner` means the other pod. */
function termMeans(cluster: PlainCluster, term: Term, owner: Pod, other: Pod): boolean {
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const there = namespaceOf(other);
  const own = namespaces.length === 0 && !namespaceSelector && there === namespaceOf(owner);
  const inNamespace = own || namespaces.includes(there) || selects(namespaceSelector, cluster.namespaces[there] ?? {});
  return inNamespace && selects(labelSelector, labelsOf(other));
}

/** The placed pods that are in the node's domain of the key. */
function neighbours(cluster: PlainCluster, node: Node, key: string): Pod[] {
  const domain = labelsOf(node)[key];
  if (domain === undefined) return [];
  return cluster.nodes.filter((other) => labelsOf(other)[key] === domain).flatMap((other) => podsOn(cluster, other));
}

function affinityRefusal(cluster: PlainCluster, pod: Pod, node: Node): string | undefined {
  const terms = required(pod, 'podAffinity');
  const isWanted = (other: Pod): boolean => terms.every((term) => termMeans(cluster, term, pod, other));
  const hasLabels = terms.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined);
  const together = terms.every(({ topologyKey }) => neighbours(cluster, node, topologyKey).some(isWanted));
  const somewhere = cluster.nodes.some(
    (other) =>
      podsOn(cluster, other).some(isWanted) &&
      terms.some(({ topologyKey }) => labelsOf(other)[topologyKey] !== undefined),
  );
  const isFirst = !somewhere && isWanted(pod);
  if (terms.length > 0 && !(hasLabels && (together || isFirst))) return "node(s) didn't match pod affinity rules";
  const apart = required(pod, 'podAntiAffinity').every((term) =>
    neighbours(cluster, node, term.topologyKey).every((other) => !termMeans(cluster, term, pod, other)),
  );
  if (!apart) return "node(s) didn't match pod anti-affinity rules";
  const unwanted = cluster.pods.some((other) =>
    required(other, 'podAntiAffinity').some(
      (term) => termMeans(cluster, term, other, pod) && neighbours(cluster, node, term.topologyKey).includes(other),
    ),
  );
  return unwanted ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

function affinityScores(cluster: PlainCluster, pod: Pod, nodes: Node[]): number[] {
  const hardWeight = 1;
  const raw = nodes.map((node) => {
    let sum = 0;
    const add = (term: Term, weight: number, meant: (other: Pod) => boolean): void => {
      for (const other of neighbours(cluster, node, term.topologyKey)) if (meant(other)) sum += weight;
    };
    for (const [kind, sign] of [
      ['podAffinity', 1],
      ['podAntiAffinity', -1],
    ] as const) {
      for (const { weight, podAffinityTerm: term } of preferred(pod, kind))
        add(term, sign * weight, (other) => termMeans(cluster, term, pod, other));
      for (const owner of cluster.pods)
        for (const { weight, podAffinityTerm: term } of preferred(owner, kind))
          add(term, sign * weight, (other) => other === owner && termMeans(cluster, term, owner, pod));
    }
    for (const owner of cluster.pods)
      for (const term of required(owner, 'podAffinity'))
        add(term, hardWeight, (other) => other === owner && termMeans(cluster, term, owner, pod));
    return sum;
  });
  const [lowest, highest] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((score) => (highest > lowest ? Math.trunc(100 * ((score - lowest) / (highest - lowest))) : 0));
}

// --- ImageLocality

const tagged = (image: string): string => (/:[^/]*$/.test(image) ? image : `${image}:latest`);

function imageScore(cluster: PlainCluster, pod: Pod, node: Node): number {
  const mebibyte = 1024 ** 2;
  const containers = pod.spec?.containers ?? [];
  let sum = 0;
  for (const { image = '' } of containers) {
    const name = tagged(image);
    const size = (one: Node): number | undefined =>
      one.status?.images?.find(({ names }) => names?.includes(name))?.sizeBytes;
    const holders = cluster.nodes.filter((one) => size(one) !== undefined).length;
    sum += Math.trunc((size(node) ?? 0) * (holders / cluster.nodes.length));
  }
  const [lowest, highest] = [23 * mebibyte, 1000 * mebibyte * containers.length];
  const within = Math.min(Math.max(sum, lowest), highest);
  return Math.trunc((100 * (within - lowest)) / (highest - lowest));
}

// --- all of it

function refusals(cluster: PlainCluster, pod: Pod, node: Node): string[] {
  const tolerant = tolerated(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
  if (node.spec?.unschedulable && !tolerant) return ['node(s) were unschedulable'];
  const taint = hardTaint(pod, node);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!fitsNodeAffinity(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const held = podsOn(cluster, node).flatMap(portsOf);
  if (portsOf(pod).some((port) => held.some((other) => portsClash(port, other))))
    return ["node(s) didn't have free ports for the requested pod ports"];
  const short = shortages(cluster, pod, node);
  if (short.length > 0) return short;
  const volumes = volumeRefusals(cluster.storage, cluster.pods, pod, node);
  if (volumes.length > 0) return volumes;
  const refusal = spreadRefusal(cluster, pod, node) ?? affinityRefusal(cluster, pod, node);
  return refusal ? [refusal] : [];
}

/** DefaultNormalizeScore. */
function normalized(raw: number[], reverse: boolean): number[] {
  const highest = Math.max(0, ...raw);
  return raw.map((score) => {
    const scaled = highest === 0 ? 0 : Math.trunc((score * 100) / highest);
    return reverse ? 100 - scaled : scaled;
  });
}

function preferenceScores(pod: Pod, nodes: Node[]): number[] {
  const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  if (terms.length === 0) return nodes.map(() => 0);
  const raw = nodes.map((node) =>
    terms.reduce((sum, { weight, preference }) => sum + (termFits(preference, node) ? weight : 0), 0),
  );
  return normalized(raw, false);
}

export function scheduleByTheBook(cluster: PlainCluster, pod: Pod): Verdict {
  const rejected = volumesRejection(cluster.storage, pod);
  if (rejected) return { totals: {}, message: `0/${cluster.nodes.length} nodes are available: ${rejected}.` };
  const names = namedNodes(pod);
  const reasons = new Map<string, number>();
  const feasible: Node[] = [];
  for (const node of cluster.nodes) {
    const refused =
      names?.has(node.metadata.name ?? '') === false
        ? ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]
        : refusals(cluster, pod, node);
    if (refused.length === 0) feasible.push(node);
    for (const reason of refused) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (feasible.length === 0) {
    const listed = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
    const message = `0/${cluster.nodes.length} nodes are available: ${listed.join(', ')}.`;
    return { totals: {}, message: cluster.nodes.length === 0 ? 'no nodes available to schedule pods' : message };
  }
  const taints = normalized(
    feasible.map((node) => softTaints(pod, node)),
    true,
  );
  const preferences = preferenceScores(pod, feasible);
  const spread = spreadScores(cluster, pod, feasible);
  const affinity = affinityScores(cluster, pod, feasible);
  const totals = feasible.map((node, at) => [
    node.metadata.name ?? '',
    3 * (taints[at] as number) +
      2 * (preferences[at] as number) +
      leastAllocated(cluster, pod, node) +
      2 * (spread[at] as number) +
      2 * (affinity[at] as number) +
      balanced(cluster, pod, node) +
      imageScore(cluster, pod, node),
  ]);
  return { totals: Object.fromEntries(totals) as Record<string, number>, message: undefined };
}
