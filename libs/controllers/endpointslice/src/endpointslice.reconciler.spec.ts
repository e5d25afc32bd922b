import type { Node, Pod } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { EndpointSliceModule } from './endpointslice.module';

const namespace = 'default';
const zones = ['a', 'b'];
const node = (zone: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: zone, labels: { 'topology.kubernetes.io/zone': zone } },
});
const pod = (name: string, nodeName: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: 'web' } },
  spec: { nodeName, containers: [{ name: 'c', image: 'c:1' }] },
});

describe('the endpointslice controller', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({
      modules: [EndpointSliceModule.forRoot({ endpointUpdatesBatchPeriodMs: 0 })],
    });
  }, 120_000);
  afterAll(() => bed?.stop());

  const setReady = (zone: string, status: string) =>
    bed.client
      .resource(refs.nodes)
      .patch(
        zone,
        undefined,
        'merge',
        { status: { allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status }] } },
        { subresource: 'status' },
      );
  const hints = async (): Promise<(string | undefined)[]> => {
    const { items } = await bed.client.resource(refs.endpointSlices).list({ namespace });
    const endpoints = items.filter(({ metadata }) => metadata.generateName === 'web-').flatMap((one) => one.endpoints);
    return endpoints.map((endpoint) => endpoint?.hints?.forZones?.[0]?.name).sort();
  };
  const events = async (): Promise<(string | undefined)[]> =>
    (await bed.client.resource(refs.events).list({ namespace })).items.map(
      ({ reason, message }) => `${reason}: ${message}`,
    );

  it('gives hints by topology when the nodes let it, and takes them away when a zone has none left', async () => {
    await bed.client
      .resource(refs.serviceAccounts)
      .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
    for (const zone of zones) await bed.client.resource(refs.nodes).create(node(zone));
    await bed.client.resource(refs.services).create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace, annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    const pods = bed.client.resource(refs.pods);
    for (const [index, zone] of zones.entries()) {
      await pods.create(pod(`web-${zone}`, zone));
      const podIP = `10.244.0.${index + 1}`;
      const status = { podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: 'True' }] };
      await pods.patch(`web-${zone}`, namespace, 'merge', { status }, { subresource: 'status' });
    }
    await eventually(async () => expect(await hints()).toEqual([undefined, undefined]));
    for (const zone of zones) await setReady(zone, 'True');
    await eventually(async () => expect(await hints()).toEqual(zones));
    await setReady('b', 'False');
    await eventually(async () => expect(await hints()).toEqual([undefined, undefined]));
    await eventually(async () =>
      expect(await events()).toEqual(
        expect.arrayContaining([
          'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4',
          'TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
        ]),
      ),
    );
  });
});
