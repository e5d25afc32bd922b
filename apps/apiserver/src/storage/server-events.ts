import { createHash } from 'node:crypto';
import { isAlreadyExists, type ApiObject, type CoreEvent, type DeepReadonly } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import type { ResourceRegistry } from '../registry/resource-registry';
import { createFrom } from './create';
import { serverRequest, updateOwn } from './server-writes';
import type { StorageContext } from './storage-context';

export interface ServerEvent {
  about: DeepReadonly<ApiObject>;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

const log = createLogger('events');

/** Events that the API server itself has to tell. The same one again raises its count, whichever replica says it. */
export class ServerEvents {
  constructor(
    private readonly context: StorageContext,
    private readonly registry: ResourceRegistry,
  ) {}

  async record(told: ServerEvent): Promise<void> {
    const served = this.registry.byKey('events');
    if (!served) return;
    const event = eventOf(told);
    const { namespace = '', name = '' } = event.metadata;
    const place = { namespace, name };
    try {
      await createFrom(this.context, serverRequest(served, place), event);
    } catch (error) {
      if (!isAlreadyExists(error)) {
        // What an event tells of goes on whether it can be told or not: its namespace may be on the way out.
        log.warn({ error, reason: told.reason }, 'cannot write an event');
        return;
      }
      await updateOwn(this.context, served, place, (current) => {
        const { count = 1 } = current as CoreEvent;
        return { ...current, count: count + 1, lastTimestamp: event.lastTimestamp };
      });
    }
  }
}

function eventOf({ about, type, reason, message, component }: ServerEvent): CoreEvent {
  const { namespace = '', name, uid } = about.metadata;
  const now = rfc3339();
  const hash = createHash('sha256').update([uid, reason, message].join('\n')).digest('hex').slice(0, 16);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${hash}`, namespace: namespace || 'default' },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  };
}
