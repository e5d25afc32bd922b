import type { Service, ServiceCidr } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { ServiceCidrModule } from './service-cidr.module';

describe('the ServiceCIDR controller', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ServiceCidrModule] });
  }, 120_000);
  afterAll(() => bed?.stop());

  it('keeps a range while a Service has an address of it', async () => {
    const cidrs = bed.client.resource(refs.serviceCidrs);
    const extra: ServiceCidr = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'extra' },
      spec: { cidrs: ['10.77.0.0/24'] },
    };
    const ready = async () =>
      (await cidrs.get('extra')).status?.conditions?.map(({ status, reason }) => [status, reason ?? '']);
    await cidrs.create(extra);
    await eventually(async () => {
      expect((await cidrs.get('extra')).metadata.finalizers).toEqual(['networking.k8s.io/service-cidr-finalizer']);
      expect(await ready()).toEqual([['True', '']]);
    });
    const services = bed.client.resource(refs.services);
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'in-extra', namespace: 'default' },
      spec: { clusterIP: '10.77.0.7', ports: [{ port: 80 }] },
    };
    await services.create(service);
    await cidrs.delete('extra');
    await eventually(async () => expect(await ready()).toEqual([['False', 'Terminating']]));
    await services.delete('in-extra', 'default');
    // Not before API servers know that it goes.
    await eventually(
      async () => expect((await cidrs.list()).items.map(({ metadata }) => metadata.name)).toEqual(['kubernetes']),
      {
        timeoutMs: 60_000,
      },
    );
  });
});
