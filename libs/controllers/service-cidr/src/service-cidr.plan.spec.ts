import type { IpAddress, ServiceCidr } from '@nestor/api';
import { finalizer, planServiceCidr, type ServiceCidrPlan } from './service-cidr.plan';

const now = Date.parse('2026-01-01T00:01:00Z');
const cidr = (name: string, cidrs: string[], metadata: object = {}, status?: ServiceCidr['status']): ServiceCidr => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name, ...metadata },
  spec: { cidrs },
  status,
});
const address = (name: string, manager = 'ipallocator.k8s.io'): IpAddress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': manager } },
  spec: { parentRef: { resource: 'services', name: 's', namespace: 'd' } },
});
const going = { finalizers: [finalizer], deletionTimestamp: '2026-01-01T00:00:30Z' };
const plan = (one: ServiceCidr, others: ServiceCidr[] = [], addresses: IpAddress[] = []): ServiceCidrPlan =>
  planServiceCidr({ cidr: one, all: [one, ...others], addresses }, now);

describe('planServiceCidr', () => {
  it('keeps a new one and says it is ready, once', () => {
    expect(plan(cidr('a', ['10.0.0.0/24']))).toMatchObject({ finalizers: [finalizer], condition: { status: 'True' } });
    const conditions = [{ type: 'Ready', status: 'True', reason: '', message: 'so', lastTransitionTime: '' }];
    expect(plan(cidr('a', ['10.0.0.0/24'], { finalizers: [finalizer] }, { conditions }))).toEqual({});
  });
  it.each<[string, ServiceCidr[], IpAddress[], boolean]>([
    ['empty', [], [], true],
    ['with an address', [], [address('10.0.0.5')], false],
    ['with an address of another', [], [address('10.0.1.5')], true],
    ["with somebody else's address", [], [address('10.0.0.5', 'me')], true],
    ['inside a larger one', [cidr('b', ['10.0.0.0/16'])], [address('10.0.0.5')], true],
    ['beside a copy of itself', [cidr('b', ['10.0.0.0/24'])], [address('10.0.0.5')], true],
    ['whose addresses lie in another', [cidr('b', ['10.0.0.0/25'])], [address('10.0.0.5')], true],
    ['of which one address lies in no other', [cidr('b', ['10.0.0.0/25'])], [address('10.0.0.200')], false],
  ])('lets one go that is %s: %s', (_, others, addresses, goes) => {
    const made = plan(cidr('a', ['10.0.0.0/24'], going), others, addresses);
    if (goes) expect(made).toEqual({ finalizers: [] });
    else expect(made).toMatchObject({ condition: { status: 'False', reason: 'Terminating' } });
  });
  it('waits until API servers know', () => {
    const late = { ...going, deletionTimestamp: '2026-01-01T00:00:58Z' };
    expect(plan(cidr('a', ['10.0.0.0/24'], late))).toEqual({ requeueAfter: 8000 });
  });
});
