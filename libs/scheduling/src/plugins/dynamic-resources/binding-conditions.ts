import type { DeepReadonly, ResourceClaim } from '@nestor/api';
import { keyOfClaim, type Claim } from './allocator/wanted-devices';
import { deviceId } from './allocator/device-ledger';
import type { DeviceView } from './device-view';

type Status = NonNullable<DeepReadonly<ResourceClaim>['status']>;
type Result = NonNullable<NonNullable<NonNullable<Status['allocation']>['devices']>['results']>[number];

/** Node's timers fire at once when asked to wait longer. */
const longestTimer = 2 ** 31 - 1;

/** A device did not get ready for the pod. */
export class BindingConditionsError extends Error {
  constructor(
    message: string,
    readonly status: 'failure' | 'timeout' = 'failure',
  ) {
    super(message);
  }
}

function isTrue(claim: Claim, result: Result, type: string): boolean {
  const device = claim.status?.devices?.find(
    (one) => deviceId(one) === deviceId(result) && one.shareID === result.shareID,
  );
  return device?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

/** Whether all devices are ready; throws when one never will be. */
function areReady(claim: Claim): boolean {
  const results = claim.status?.allocation?.devices?.results ?? [];
  for (const result of results) {
    const failed = result.bindingFailureConditions?.filter((type) => isTrue(claim, result, type)) ?? [];
    if (failed.length > 0) {
      const text = `claim ${keyOfClaim(claim)} binding failed due to conditions: ${failed.join(', ')}`;
      throw new BindingConditionsError(text);
    }
  }
  return results.every(({ bindingConditions = [], ...result }) =>
    bindingConditions.every((type) => isTrue(claim, result, type)),
  );
}

/** Drivers of devices that are not ready yet when they are allocated. */
export const awaitedDrivers = ({ status }: Claim): string[] =>
  (status?.allocation?.devices?.results ?? []).flatMap(({ bindingConditions, driver }) =>
    bindingConditions?.length ? [driver] : [],
  );

/** Waits until the drivers say that the devices of the claims are ready to be used. */
export function bindingConditionsMet(
  keys: readonly string[],
  view: DeviceView,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      stopListening();
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve();
    };
    const check = (): void => {
      try {
        const claims = keys.map((key) => view.claim(key));
        if (claims.some((claim) => !claim?.status?.allocation))
          return end(new BindingConditionsError('a claim lost its allocation while its devices were waited for'));
        if (claims.every((claim) => claim && areReady(claim))) end();
      } catch (error) {
        end(error as Error);
      }
    };
    const abort = (): void => end(new Error('the scheduler stops'));
    const timeout = (): void => end(new BindingConditionsError('device binding timeout', 'timeout'));
    const stopListening = view.onClaims(check);
    const timer = setTimeout(timeout, Math.min(timeoutMs, longestTimer));
    signal.addEventListener('abort', abort, { once: true });
    check();
  });
}
