import type { DeepReadonly, Pod, ResourceClaim } from '@nestor/api';
import { metrics } from '@nestor/telemetry';
import { podInfo } from '../../cache/pod-info';
import { SchedulerCache } from '../../cache/scheduler-cache';
import { CycleState } from '../../framework/cycle-state';
import type { Rejection } from '../../framework/rejection';
import { aNode, aPod } from '../../framework/testing-objects';
import { aClaim, aClass, aSlice, driver, exactly } from './allocator/testing-devices';
import type { ClaimWrites } from './claim-writer';
import { DeviceView } from './device-view';
import { DynamicResources } from './dynamic-resources.plugin';

const pod = (): DeepReadonly<Pod> =>
  aPod('p', { spec: { containers: [], resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }] } });

describe('devices that get ready after they are allocated', () => {
  let view: DeviceView;
  let given: string[];
  let version = 1;
  const writes = {
    get: (claim: ResourceClaim) => Promise.resolve(claim),
    update: (claim: ResourceClaim) => Promise.resolve(claim),
    updateStatus: (claim: ResourceClaim) => Promise.resolve(claim),
    giveBack: (claim: ResourceClaim, { deallocate }: { deallocate: boolean }) =>
      void given.push(`${claim.metadata.name} ${deallocate}`),
  } as unknown as ClaimWrites;

  /** A pod whose claim is allocated and that is about to be bound. */
  function start(bindingTimeoutMs = 60_000): {
    state: CycleState;
    bound: Promise<Rejection | undefined>;
    plugin: DynamicResources;
  } {
    given = [];
    view = new DeviceView();
    view.set('DeviceClass', aClass());
    const conditions = { bindingConditions: ['attached'], bindingFailureConditions: ['broken'] };
    view.set('ResourceSlice', aSlice([conditions]));
    view.set('ResourceClaim', aClaim('c', [exactly('r')]));
    const plugin = new DynamicResources(view, writes, { bindingTimeoutMs, profile: 'mine' });
    const state = new CycleState();
    const { info } = new SchedulerCache().setNode(aNode('n'));
    expect(plugin.preFilter(state, podInfo(pod()), undefined as never)).toBeUndefined();
    expect(plugin.filter(state, podInfo(pod()), info)).toBeUndefined();
    plugin.reserve(state, podInfo(pod()), 'n');
    return { state, plugin, bound: plugin.preBind(state, podInfo(pod()), 'n', new AbortController().signal) };
  }

  /** As the driver would write it, once the claim is allocated. */
  async function say(type: string): Promise<void> {
    while (!view.claim('default/c')?.status?.allocation) await new Promise(setImmediate);
    const claim = view.claim('default/c') as ResourceClaim;
    const conditions = [{ type, status: 'True', reason: '', message: '', lastTransitionTime: '' }];
    const devices = [{ driver, pool: 'p', device: 'dev-0', conditions }];
    view.set('ResourceClaim', {
      ...claim,
      metadata: { ...claim.metadata, resourceVersion: String(version++) },
      status: { ...claim.status, devices },
    });
  }
  const counted = async (status: string): Promise<number> => {
    const name = `scheduler_dra_bindingconditions_allocations_total{profile="mine",driver="${driver}",status="${status}"}`;
    const line = (await metrics.text()).split('\n').find((one) => one.startsWith(name));
    return Number(line?.slice(name.length) ?? 0);
  };

  it('are waited for', async () => {
    const { bound } = start();
    await say('other');
    await say('attached');
    expect(await bound).toBeUndefined();
    expect(await counted('success')).toBe(1);
  });

  it.each<[string, number, string, string]>([
    ['that fail', 60_000, 'failure', 'claim default/c binding failed due to conditions: broken'],
    ['that are late', 1, 'timeout', 'device binding timeout'],
  ])('%s are given back', async (_name, timeoutMs, status, message) => {
    const { bound, plugin, state } = start(timeoutMs);
    if (status === 'failure') await say('broken');
    expect(await bound).toMatchObject({ code: 'unschedulable', reasons: [message] });
    plugin.unreserve(state, podInfo(pod()), 'n');
    expect(given).toEqual(['c true']);
    expect(await counted(status)).toBe(1);
  });
});
