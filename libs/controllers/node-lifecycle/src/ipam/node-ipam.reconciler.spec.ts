import type { Node } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { NodeLifecycleModule } from '../node-lifecycle.module';
import { poolsOf } from './node-ipam.reconciler';

const node = (name: string, podCIDRs?: string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: podCIDRs ? { podCIDR: podCIDRs[0], podCIDRs } : {},
});

describe('the node IPAM controller', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    // Two ranges of each family, one of which a node brings along.
    const options = { clusterCidr: '10.80.0.0/23,fd00:80::/63', serviceClusterIpRange: '10.96.0.0/16' };
    bed = await ControllerTestBed.start({ modules: [NodeLifecycleModule.forRoot(options)] });
  }, 120_000);
  afterAll(() => bed?.stop());

  it('gives one of each family, says when there is no more, and gives anew what comes back', async () => {
    const nodes = bed.client.resource(refs.nodes);
    await nodes.create(node('own', ['10.80.0.0/24', 'fd00:80::/64']));
    await nodes.create(node('first'));
    const ranges = async (name: string) => (await nodes.get(name)).spec?.podCIDRs;
    await eventually(async () => expect(await ranges('first')).toEqual(['10.80.1.0/24', 'fd00:80:0:1::/64']));
    await nodes.create(node('second'));
    await eventually(async () => {
      const events = await bed.client.resource(refs.events).list({ namespace: 'default' });
      expect(events.items).toContainEqual(
        expect.objectContaining({
          reason: 'CIDRNotAvailable',
          message: 'Node second status is now: CIDRNotAvailable',
        }),
      );
    });
    await nodes.delete('first');
    await eventually(async () => expect(await ranges('second')).toEqual(['10.80.1.0/24', 'fd00:80:0:1::/64']), {
      timeoutMs: 60_000,
    });
  });
});

it.each<[object, string[]]>([
  [{ clusterCidr: '10.0.0.0/16' }, ['10.0.0.0/24']],
  [{ clusterCidr: '10.0.0.0/16', nodeCidrMaskSize: 20 }, ['10.0.0.0/20']],
  [{ clusterCidr: 'fd00::/56,10.0.0.0/16', nodeCidrMaskSizeIpv4: 25 }, ['fd00::/64', '10.0.0.0/25']],
  [{ clusterCidr: '10.0.0.0/16', allocateNodeCidrs: false }, []],
  [{}, []],
])('%j makes %j', (options, first) => expect(poolsOf(options).map((pool) => pool.allocate())).toEqual(first));

it('refuses two ranges of one family', () =>
  expect(() => poolsOf({ clusterCidr: '10.0.0.0/16,10.1.0.0/16' })).toThrow('one of each IP family'));
