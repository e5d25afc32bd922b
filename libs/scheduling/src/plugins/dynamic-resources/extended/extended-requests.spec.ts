import type { Container, DeviceClass } from '@nestor/api';
import { podInfo } from '../../../cache/pod-info';
import { aPod } from '../../../framework/testing-objects';
import { classesByResource, deviceResourcesOf } from './device-resources';
import { extendedRequests } from './extended-requests';

const aClass = (
  name: string,
  extendedResourceName?: string,
  creationTimestamp = '2026-01-01T00:00:00Z',
): DeviceClass => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name, creationTimestamp },
  spec: { extendedResourceName },
});

describe('classesByResource', () => {
  const resourceName = (classes: DeviceClass[], resource: string) =>
    classesByResource(classes).get(resource)?.metadata.name;

  it('knows a class by its own name and by the resource that it names', () => {
    const classes = [aClass('gpu', 'example.com/gpu')];
    expect(resourceName(classes, 'example.com/gpu')).toBe('gpu');
    expect(resourceName(classes, 'deviceclass.resource.kubernetes.io/gpu')).toBe('gpu');
    expect(resourceName(classes, 'example.com/nic')).toBeUndefined();
  });

  it.each<[string, DeviceClass[], string]>([
    ['the newest', [aClass('a', 'e.com/x', '2026-01-02T00:00:00Z'), aClass('b', 'e.com/x')], 'a'],
    ['the first by name of equally old ones', [aClass('b', 'e.com/x'), aClass('a', 'e.com/x')], 'a'],
  ])('takes %s of several', (_name, classes, expected) => {
    expect(resourceName(classes, 'e.com/x')).toBe(expected);
    expect(resourceName([...classes].reverse(), 'e.com/x')).toBe(expected);
  });
});

describe('extended resources by devices', () => {
  const classes = classesByResource([aClass('gpu', 'e.com/gpu'), aClass('nic', 'e.com/nic')]);
  const classFor = (resource: string): DeviceClass | undefined => classes.get(resource) as DeviceClass | undefined;
  const container = (name: string, requests: Record<string, string>, over: Partial<Container> = {}): Container => ({
    name,
    image: 'i',
    resources: { requests },
    ...over,
  });
  /** "request=class*count" and "container:resource=request". */
  const ask = (containers: Container[], initContainers: Container[] = [], resources = ['e.com/nic', 'e.com/gpu']) => {
    const { requests, mappings } = extendedRequests(
      aPod('p', { spec: { containers, initContainers } }),
      resources,
      classFor,
    );
    return [
      requests.map(({ name, exactly }) => `${name}=${exactly?.deviceClassName}*${exactly?.count}`),
      mappings.map(({ containerName, resourceName, requestName }) => `${containerName}:${resourceName}=${requestName}`),
    ];
  };

  it('are those of classes that are asked for', () => {
    const pod = aPod('p', {
      spec: { containers: [container('a', { 'e.com/gpu': '1', 'e.com/other': '1', cpu: '1' })] },
    });
    expect(deviceResourcesOf(podInfo(pod), classFor)).toEqual(['e.com/gpu']);
    const none = aPod('p', { spec: { containers: [container('a', { 'e.com/gpu': '0' })] } });
    expect(deviceResourcesOf(podInfo(none), classFor)).toEqual([]);
  });

  it('get a request for each container and resource, named by their places', () => {
    const containers = [
      container('a', { cpu: '1', 'e.com/gpu': '2' }),
      container('b', { 'e.com/nic': '1', 'e.com/gpu': '1' }),
      container('c', { cpu: '1' }),
    ];
    expect(ask(containers)).toEqual([
      ['container-0-request-1=gpu*2', 'container-1-request-0=gpu*1', 'container-1-request-1=nic*1'],
      ['a:e.com/gpu=container-0-request-1', 'b:e.com/gpu=container-1-request-0', 'b:e.com/nic=container-1-request-1'],
    ]);
    expect(ask(containers, [], ['e.com/nic'])[0]).toEqual(['container-1-request-1=nic*1']);
  });

  it('lend init containers what later ones get, and share among them what they need beyond it', () => {
    const init = [
      container('i1', { 'e.com/gpu': '3' }),
      container('i2', { 'e.com/gpu': '5' }),
      container('i3', { 'e.com/gpu': '1' }),
    ];
    expect(ask([container('a', { 'e.com/gpu': '2' })], init)).toEqual([
      ['container-1-request-0=gpu*3', 'container-3-request-0=gpu*2'],
      [
        'a:e.com/gpu=container-3-request-0',
        'i1:e.com/gpu=container-3-request-0',
        'i1:e.com/gpu=container-1-request-0',
        'i2:e.com/gpu=container-3-request-0',
        'i2:e.com/gpu=container-1-request-0',
        'i3:e.com/gpu=container-3-request-0',
      ],
    ]);
  });

  it('lend nothing of a sidecar to those that begin after it', () => {
    const init = [
      container('before', { 'e.com/gpu': '1' }),
      container('sidecar', { 'e.com/gpu': '1' }, { restartPolicy: 'Always' }),
      container('after', { 'e.com/gpu': '1' }),
    ];
    expect(ask([container('a', {})], init)).toEqual([
      ['container-1-request-0=gpu*1', 'container-2-request-0=gpu*1'],
      [
        'sidecar:e.com/gpu=container-1-request-0',
        'before:e.com/gpu=container-1-request-0',
        'after:e.com/gpu=container-2-request-0',
      ],
    ]);
  });
});
