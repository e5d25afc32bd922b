import { aggregateMessage, tooManyRequests, type ApiObject } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, kindOf } from '../../admission-plugin';
import { eventLimitsOf, type EventLimit, type LimitType } from './event-limits';
import { RateLimiters } from './rate-limiters';

const defaultCacheSize = 4096;

interface StoredEvent extends ApiObject {
  source?: { component?: string; host?: string };
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string; apiVersion?: string };
}

const keys: Readonly<Record<LimitType, (request: AdmissionRequest) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject: ({ object }) => {
    const { source, involvedObject: about } = (object ?? {}) as StoredEvent;
    const parts = [source?.component, source?.host, about?.kind, about?.namespace, about?.name, about?.uid];
    return [...parts, about?.apiVersion].join('');
  },
};

/**
 * Keeps a flood of Events from the store (plugin EventRateLimit). As upstream it looks at the Events of the core group
 * alone, and each limit counts what another one refuses.
 */
export class EventRateLimitPlugin implements AdmissionPlugin {
  readonly name = 'EventRateLimit';
  readonly onByDefault = false;
  private readonly limits: readonly { type: LimitType; limiters: RateLimiters }[];

  constructor(limits: readonly EventLimit[], now: () => number = () => performance.now()) {
    this.limits = limits.map(({ type, qps, burst, cacheSize }) => ({
      type,
      limiters: new RateLimiters({ qps, burst, keys: cacheSize || defaultCacheSize }, now),
    }));
  }

  handles(request: AdmissionRequest): boolean {
    if (request.dryRun || (request.operation !== 'CREATE' && request.operation !== 'UPDATE')) return false;
    return request.kind === 'Event' && kindOf(request).group === '';
  }

  validate(request: AdmissionRequest): void {
    const reached = this.limits.flatMap(({ type, limiters }) => {
      const key = keys[type](request);
      return limiters.tryAccept(key) ? [] : [`limit reached on type ${type} for key ${key}`];
    });
    if (reached.length > 0) throw tooManyRequests(`Too many requests: ${aggregateMessage(reached)}`);
  }
}

/** Without a configuration the plugin has nothing to go by: where it is enabled the server must not begin. */
export function eventRateLimit(limits: readonly EventLimit[] | undefined, enabled: readonly string[]) {
  try {
    return new EventRateLimitPlugin(limits ?? (enabled.includes('EventRateLimit') ? eventLimitsOf({}) : []));
  } catch (error) {
    throw new Error(`couldn't init admission plugin "EventRateLimit": ${(error as Error).message}`, { cause: error });
  }
}
