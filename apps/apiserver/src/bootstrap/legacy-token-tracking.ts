import { isConflict, isNotFound, type ApiObject } from '@nestor/api';
import type { TokenHolder } from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import type { ResourceRegistry } from '../registry/resource-registry';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const log = createLogger('authentication');
const lastUsed = 'kubernetes.io/legacy-token-last-used';
const place = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };
const dayMs = 86_400_000;
const repairMs = 30 * 60_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const isDay = (text: unknown): boolean => typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text);

/** Says since when the use of tokens in Secrets is recorded: who cleans them up must not take silence for disuse. */
export async function keepLegacyTokenTracking(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  await ensureTracking(context, registry);
  const timer = setInterval(() => {
    ensureTracking(context, registry).catch((error: unknown) =>
      log.warn({ error }, 'cannot say since when the use of tokens is recorded'),
    );
  }, repairMs);
  context.shutdown.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function ensureTracking(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  const served = registry.byKey('configmaps');
  if (!served) return;
  const data = { since: dayOf(Date.now()) };
  await ensureObject(context, served, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...place }, data });
  const stored = context.cache.resource(served.key).get(place.namespace, place.name)?.object() as ApiObject | undefined;
  if (!stored || isDay((stored['data'] as { since?: string } | undefined)?.since)) return;
  await updateOwn(context, served, place, (current) => ({
    ...current,
    data: { ...(current['data'] as object | undefined), ...data },
  }));
}

/** Labels the Secret of a token that was shown with the day, once a day; the request does not wait for it. */
export function noteUse(context: StorageContext, registry: ResourceRegistry): (secret: TokenHolder) => void {
  const noting = new Set<string>();
  return ({ metadata }) => {
    const now = Date.now();
    const noted = metadata.labels?.[lastUsed];
    // Another server's clock may be a day ahead.
    if (noted === dayOf(now) || noted === dayOf(now + dayMs)) return;
    const { namespace = '', name = '', uid } = metadata;
    const key = `${namespace}/${name}`;
    const served = registry.byKey('secrets');
    if (!served || noting.has(key)) return;
    noting.add(key);
    updateOwn(context, served, { namespace, name }, (current) => ({
      ...current,
      metadata: { ...current.metadata, uid, labels: { ...current.metadata.labels, [lastUsed]: dayOf(now) } },
    }))
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error))
          log.warn({ error, namespace, name }, 'cannot note the use of a token');
      })
      .finally(() => noting.delete(key));
  };
}
