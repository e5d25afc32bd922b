import type { ApiService, DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import { hasReadyEndpoint, portNamed } from './service-location';

type Condition = NonNullable<NonNullable<ApiService['status']>['conditions']>[number];
type Reference = NonNullable<NonNullable<DeepReadonly<ApiService>['spec']>['service']>;

export interface Verdict {
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

export const passed: Verdict = { status: 'True', reason: 'Passed', message: 'all checks passed' };

/** What the Service says without being asked: why nothing can be reached, or undefined where asking is worth it. */
export function judgeService(
  reference: Reference,
  service: DeepReadonly<Service> | undefined,
  slices: readonly DeepReadonly<EndpointSlice>[],
): Verdict | undefined {
  const which = `service/${reference.name} in ${JSON.stringify(reference.namespace)}`;
  const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
  if (!service) return no('ServiceNotFound', `${which} is not present`);
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const wanted = reference.port ?? 443;
  const port = portNamed(service, wanted);
  if (!port) return no('ServicePortError', `${which} is not listening on port ${wanted}`);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${which}`);
  if (hasReadyEndpoint(slices, port.name ?? '')) return undefined;
  const name = JSON.stringify(port.name ?? '');
  return no('MissingEndpoints', `endpointslices for ${which} have no addresses with port name ${name}`);
}

/** The conditions with Available as judged; the list itself where that is what it says already. */
export function withAvailable(conditions: readonly Condition[], verdict: Verdict, now: string): readonly Condition[] {
  const before = conditions.find(({ type }) => type === 'Available');
  if (before?.status === verdict.status && before.reason === verdict.reason && before.message === verdict.message) {
    return conditions;
  }
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : now;
  const next = { type: 'Available', ...verdict, lastTransitionTime };
  return before ? conditions.map((one) => (one === before ? next : one)) : [...conditions, next];
}
