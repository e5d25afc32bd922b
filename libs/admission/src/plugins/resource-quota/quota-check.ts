import {
  addAmounts,
  amountsOf,
  compareQuantities,
  forbidden,
  formatQuantity,
  maskAmounts,
  quotaCovers,
  scopesOf,
  subtractQuantities,
  zeroQuantity,
  type Amounts,
  type ApiError,
  type DeepReadonly,
  type Pod,
  type Quantity,
  type ResourceQuota,
  type ScopeRequirement,
  type UsageEvaluator,
} from '@nestor/api';
import { AdmissionRequest, nameOf } from '../../admission-plugin';
import { missingResources } from './pod-constraints';

/** Of what nothing may be used unless a quota covers it (ResourceQuota's configuration). */
export interface LimitedResource {
  apiGroup?: string;
  resource: string;
  matchContains?: readonly string[];
  matchScopes?: readonly ScopeRequirement[];
}

/** A quota while requests are held against it: what is used grows with each that fits. */
export interface RunningQuota {
  readonly quota: DeepReadonly<ResourceQuota>;
  readonly hard: Amounts;
  used: Amounts;
}

export const runningQuota = (quota: DeepReadonly<ResourceQuota>): RunningQuota => ({
  quota,
  hard: amountsOf(quota.status?.hard),
  used: amountsOf(quota.status?.used),
});

export interface Charge {
  to: RunningQuota;
  used: Amounts;
}

export interface QuotaRequest {
  request: AdmissionRequest;
  evaluator: UsageEvaluator;
  limited: readonly LimitedResource[];
  now: Date;
}

/** What a request makes of the quotas it falls under (resourcequota.CheckRequest). Throws 403 where it does not fit. */
export function chargesOf(quotas: readonly RunningQuota[], asked: QuotaRequest): Charge[] {
  const { request, evaluator, now } = asked;
  const object = request.object!;
  const covering = quotas.filter((running) => covers(running, asked));
  for (const running of covering) checkCounted(running, asked);
  const usage = evaluator.usageOf(object, now);
  const negative = [...usage].filter(([, amount]) => compareQuantities(amount, zeroQuantity) < 0);
  if (negative.length > 0) {
    throw refused(asked, `quota usage is negative for resource(s): ${names(negative.map(([name]) => name))}`);
  }
  const deltas = new Map(covering.map((running) => [running, deltaFor(running, asked, usage)]));
  checkLimited(quotas, covering, asked);
  return covering.flatMap(
    (running) => charge(running, deltas.get(running) ?? new Map<string, Quantity>(), asked) ?? [],
  );
}

function covers({ quota }: RunningQuota, { request, evaluator }: QuotaRequest): boolean {
  const spec = { ...quota.spec, hard: quota.status?.hard };
  return quotaCovers(evaluator, spec, request.object!);
}

function checkCounted(running: RunningQuota, asked: QuotaRequest): void {
  const { request, evaluator } = asked;
  const { quota, hard, used } = running;
  const restricted = evaluator.matchingNames([...hard.keys()]);
  const missing = evaluator.resource === 'pods' ? missingResources(request.object as Pod, restricted) : '';
  if (missing) throw refused(asked, `failed quota: ${quota.metadata.name}: must specify ${missing}`);
  if (restricted.some((name) => !used.has(name))) {
    throw refused(asked, `status unknown for quota: ${quota.metadata.name}, resources: ${names(restricted)}`);
  }
}

/** An update is charged what it takes more, unless the object was in no scope of this quota before. */
function deltaFor({ quota }: RunningQuota, asked: QuotaRequest, usage: Amounts): Map<string, Quantity> {
  const { request, evaluator, now } = asked;
  const wasCovered =
    request.operation === 'UPDATE' &&
    request.old &&
    quotaCovers(evaluator, { ...quota.spec, hard: quota.status?.hard }, request.old);
  const before: Amounts = wasCovered ? evaluator.usageOf(request.old!, now) : new Map<string, Quantity>();
  const more = [...usage].map(([name, amount]): [string, Quantity] => {
    const had = before.get(name);
    return [name, had ? subtractQuantities(amount, had) : amount];
  });
  return new Map(more.filter(([, amount]) => compareQuantities(amount, zeroQuantity) > 0));
}

function charge(running: RunningQuota, delta: Amounts, asked: QuotaRequest): Charge | undefined {
  const { quota, hard, used } = running;
  const requested = new Map([...delta].filter(([name]) => hard.has(name)));
  if (requested.size === 0) return undefined;
  const next = new Map(used);
  addAmounts(next, requested);
  const exceeded = [...requested.keys()].filter(
    (name) => compareQuantities(next.get(name) ?? zeroQuantity, hard.get(name) ?? zeroQuantity) > 0,
  );
  if (exceeded.length > 0 && asked.request.subresource !== 'status') {
    const [wanted, had, limit] = [requested, used, hard].map((amounts) => text(maskAmounts(amounts, exceeded)));
    const why = `exceeded quota: ${quota.metadata.name}, requested: ${wanted}, used: ${had}, limited: ${limit}`;
    throw refused(asked, why);
  }
  return { to: running, used: next };
}

/** What is limited by configuration must be covered by some quota. */
function checkLimited(quotas: readonly RunningQuota[], covering: readonly RunningQuota[], asked: QuotaRequest): void {
  const { request, evaluator, now } = asked;
  const limited = asked.limited.filter(
    ({ apiGroup = '', resource }) => apiGroup === request.group && resource === request.resource,
  );
  if (limited.length === 0) return;
  const object = request.object!;
  const covered = new Set(covering.flatMap(({ hard }) => evaluator.matchingNames([...hard.keys()])));
  const uncovered = [...evaluator.usageOf(object, now)]
    .filter(([name, amount]) => compareQuantities(amount, zeroQuantity) > 0 && !covered.has(name))
    .map(([name]) => name)
    .filter((name) => limited.some(({ matchContains = [] }) => matchContains.some((part) => name.includes(part))));
  if (uncovered.length > 0) throw refused(asked, `insufficient quota to consume: ${names(uncovered)}`);
  const inScope = (requirement: ScopeRequirement): boolean => evaluator.isInScope(object, requirement);
  const granted = new Set(
    quotas.flatMap(({ quota }) => scopesOf(quota.spec).filter(inScope)).map(({ scopeName }) => scopeName),
  );
  const missing = limited
    .flatMap(({ matchScopes = [] }) => matchScopes.filter(inScope))
    .filter(({ scopeName }) => !granted.has(scopeName));
  if (missing.length > 0) {
    const shown = missing.map(
      ({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} [${values.join(' ')}]}`,
    );
    throw refused(asked, `insufficient quota to match these scopes: [${shown.join(' ')}]`);
  }
}

const refused = ({ request }: QuotaRequest, why: string): ApiError =>
  forbidden({ group: request.group, resource: request.resource }, nameOf(request), why);

const names = (list: readonly string[]): string => [...list].sort().join(',');
const text = (amounts: Amounts): string =>
  [...amounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${formatQuantity(amount)}`)
    .join(',');
