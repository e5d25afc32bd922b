import { setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '@nestor/api';
import type { Informer, ResourceClient } from '@nestor/client';
import type { Scheduler } from '@nestor/scheduling';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('scheduler');
const pageSize = 2000;
const retryMs = 200;

/**
 * Shows the scheduler what the leader before it has bound. The informer may be behind, and room that looks free
 * because of that would be promised twice. From here on all bindings are this scheduler's own.
 */
export async function catchUp(
  scheduler: Scheduler,
  pods: ResourceClient<Pod>,
  informer: Informer<Pod>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (let next: string | undefined = ''; next !== undefined;) {
        const page = await pods.list({ limit: pageSize, ...(next ? { continue: next } : {}) });
        for (const pod of page.items) if (isNews(pod, scheduler, informer)) scheduler.setPod(pod);
        next = page.continue || undefined;
      }
      return;
    } catch (error) {
      log.warn({ error: String(error) }, 'could not read what is bound, trying again');
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Bound, and the informer has not got that far; one that it knows to be gone is older than what it has seen. */
function isNews({ metadata, spec }: Pod, scheduler: Scheduler, informer: Informer<Pod>): boolean {
  if (!spec?.nodeName || scheduler.cache.isPlaced(metadata.uid ?? '')) return false;
  return Number(metadata.resourceVersion) > Number(informer.resourceVersion);
}
