import { ApiError, ApiObject, badRequest, isConflict, Pod, PodDisruptionBudget } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { admitBody } from '../storage/admit-body';
import { missing, newestCache } from '../storage/cached-reads';
import { checkPreconditions } from '../storage/deletion';
import { deleteOne } from '../storage/delete';
import { DeleteOptions, deleteOptionsOf } from '../storage/delete-options';
import { guaranteedUpdate } from '../storage/guaranteed-update';
import { part, readValue, text } from '../storage/read-value';
import { serverRequest, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';
import {
  matchesPod,
  mayIgnoreBudgets,
  mayStillCount,
  sparesUnhealthy,
  stillProcessed,
  takeDisruption,
} from './disruption-budget';
import { withPodCondition } from './pod-condition';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' };
const budgetsKey = 'poddisruptionbudgets.policy';
/** A pending pod that changes while it is deleted is looked at again, as often as upstream does. */
const attempts = 20;

interface Eviction {
  storage: StorageContext;
  pods: ServedResource;
  exchange: Exchange;
  options: DeleteOptions;
}

/** Deletes a pod on behalf of a drain, unless a disruption budget forbids it (registry/core/pod/storage EvictionREST). */
export async function evictPod(
  storage: StorageContext,
  registry: ResourceRegistry,
  pods: ServedResource,
  exchange: Exchange,
): Promise<void> {
  const body = await readValue(exchange, 'Eviction');
  if (text(part(body, 'metadata'), 'name') !== exchange.info.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = deleteOptionsOf(part(body, 'deleteOptions'), exchange.query.getAll('dryRun'));
  const eviction = { storage, pods, exchange, options };
  const { namespace, name } = exchange.info;
  const request = { ...serverRequest(pods, { namespace, name, subresource: 'eviction' }), exchange };
  request.options.dryRun = options.dryRun;
  await admitBody(storage, request, 'CREATE', { object: body as ApiObject, kind: evictionKind });
  const pod = await evictUnguarded(eviction);
  if (pod) await evictGuarded(eviction, registry, pod);
  sendObject(exchange, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

/** Deletes a pod that no budget needs to be asked for; otherwise the pod to ask for comes back. */
async function evictUnguarded(eviction: Eviction): Promise<Pod | undefined> {
  const { options } = eviction;
  for (let attempt = 1; ; attempt++) {
    const pod = await newestPod(eviction);
    if (!mayIgnoreBudgets(pod)) return pod;
    try {
      await markAndDelete(eviction, mayStillCount(pod) ? atVersion(options, pod) : options);
      return undefined;
    } catch (error) {
      if (!isConflict(error) || options.preconditions.resourceVersion || attempt === attempts) throw error;
    }
  }
}

async function evictGuarded(eviction: Eviction, registry: ResourceRegistry, pod: Pod): Promise<void> {
  const { storage, options } = eviction;
  const budget = await budgetOf(storage, pod);
  if (!budget) {
    await markAndDelete(eviction, options);
    return;
  }
  if (!sparesUnhealthy(budget, pod)) {
    await charge(storage, registry, { budget, pod, dryRun: options.dryRun });
    await markAndDelete(eviction, options);
    return;
  }
  try {
    await markAndDelete(eviction, atVersion(options, pod));
  } catch (error) {
    // The pod may have become ready meanwhile: the client is to ask again.
    if (isConflict(error) && !options.preconditions.resourceVersion) throw stillProcessed(budget.metadata.name ?? '');
    throw error;
  }
}

async function newestPod({ storage, pods, exchange }: Eviction): Promise<Pod> {
  const { namespace, name } = exchange.info;
  const found = (await newestCache(storage, pods.key)).get(namespace, name);
  if (!found) throw missing(pods, name);
  return found.object() as Pod;
}

async function budgetOf(storage: StorageContext, pod: Pod): Promise<PodDisruptionBudget | undefined> {
  const cache = await newestCache(storage, budgetsKey);
  const budgets = cache
    .list({ namespace: pod.metadata.namespace ?? '' })
    .items.map((item) => item.object() as unknown as PodDisruptionBudget)
    .filter((budget) => matchesPod(budget, pod));
  if (budgets.length > 1) throw tooManyBudgets();
  return budgets[0];
}

const tooManyBudgets = (): ApiError =>
  new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });

interface Charge {
  budget: PodDisruptionBudget;
  pod: Pod;
  dryRun: boolean;
}

/** Takes one disruption off the stored budget. The write compares versions, so two evictions never take the same one. */
async function charge(
  storage: StorageContext,
  registry: ResourceRegistry,
  { budget, pod, dryRun }: Charge,
): Promise<void> {
  const { name = '', namespace = '' } = budget.metadata;
  const podName = pod.metadata.name ?? '';
  const now = rfc3339();
  if (dryRun) {
    takeDisruption(budget, podName, now);
    return;
  }
  const served = registry.byKey(budgetsKey);
  if (!served) return;
  await updateOwn(storage, served, { namespace, name, subresource: 'status' }, (current) => ({
    ...current,
    status: takeDisruption(current, podName, now),
  }));
}

const atVersion = (options: DeleteOptions, { metadata }: Pod): DeleteOptions => ({
  ...options,
  preconditions: {
    ...options.preconditions,
    resourceVersion: options.preconditions.resourceVersion ?? metadata.resourceVersion,
  },
});

/** Says on the pod why it goes, then deletes it (addConditionAndDeletePod). */
async function markAndDelete({ storage, pods, exchange }: Eviction, options: DeleteOptions): Promise<void> {
  const { namespace, name } = exchange.info;
  let { resourceVersion } = options.preconditions;
  if (!options.dryRun) {
    const request = { ...serverRequest(pods, { namespace, name, subresource: 'status' }), exchange };
    const written = await guaranteedUpdate(storage, request, {
      raw: true,
      change: (current) => {
        checkPreconditions(pods, current, options.preconditions);
        return { object: withPodCondition(current, evicting, request.now) };
      },
    });
    // What this request itself has changed is no reason to refuse it.
    if (resourceVersion) resourceVersion = String(written.revision);
  }
  const preconditions = { ...options.preconditions, resourceVersion };
  await deleteOne(storage, pods, exchange, {
    namespace,
    name,
    options: { ...options, preconditions },
    admitted: true,
  });
}

const evicting = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
};
