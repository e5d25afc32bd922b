import type { ApiObject, Pod } from '@nestor/api';
import type { AdmissionRequest, ObjectReader } from '../../admission-plugin';
import { LimitRangerPlugin } from './limit-ranger.plugin';

const range = (...limits: object[]): ApiObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'r', namespace: 'ns' },
  spec: { limits },
});
const plugin = (...limits: object[]): LimitRangerPlugin => {
  const reader: ObjectReader = {
    get: () => Promise.resolve(undefined),
    list: (resource, namespace) =>
      Promise.resolve(resource === 'limitranges' && namespace === 'ns' && limits.length > 0 ? [range(...limits)] : []),
  };
  return new LimitRangerPlugin(reader);
};
const request = (resource: string, spec: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource,
  subresource: '',
  kind: 'Pod',
  namespace: 'ns',
  name: 'p',
  namespaced: true,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec },
  user: { name: 'u', groups: [] },
  dryRun: false,
  warn: () => undefined,
  ...more,
});
const container = (name: string, requests?: object, limits?: object) => ({
  name,
  image: 'i',
  ...(requests || limits ? { resources: { ...(requests && { requests }), ...(limits && { limits }) } } : {}),
});
const pod = (...containers: object[]) => request('pods', { containers });
const refusal = async (asked: AdmissionRequest, ...limits: object[]): Promise<string> =>
  plugin(...limits)
    .validate(asked)
    .then(
      () => '',
      (error: Error) => error.message.replace(/^\w+ "p" is forbidden: /, ''),
    );

describe('LimitRanger', () => {
  it('gives containers what they did not ask for', async () => {
    const asked = request('pods', {
      containers: [container('a'), container('b', { cpu: '2' }, { cpu: '2' })],
      initContainers: [container('i')],
    });
    const limits = { type: 'Container', default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '500m' } };
    await plugin(limits).admit(asked);
    const { spec, metadata } = asked.object as Pod;
    expect(spec?.containers.map(({ resources }) => resources)).toEqual([
      { requests: { cpu: '500m' }, limits: { cpu: '1', memory: '1Gi' } },
      { requests: { cpu: '2' }, limits: { cpu: '2', memory: '1Gi' } },
    ]);
    expect(metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container a; cpu, memory limit for container a; memory limit for container b; cpu request for init container i; cpu, memory limit for init container i',
    });
  });

  const two = [container('a', { cpu: '1' }, { cpu: '2' }), container('b', { cpu: '1' }, { cpu: '2' })];
  it.each<[string, AdmissionRequest, object, string]>([
    ['enough', pod(two[0]!), { type: 'Container', min: { cpu: '1' }, max: { cpu: '2' } }, ''],
    [
      'no request',
      pod(container('a')),
      { type: 'Container', min: { cpu: '1' } },
      'minimum cpu usage per Container is 1.  No request is specified',
    ],
    [
      'too small a request',
      pod(container('a', { memory: '100Mi' })),
      { type: 'Container', min: { memory: '500Mi' } },
      'minimum memory usage per Container is 500Mi, but request is 100Mi',
    ],
    [
      'no limit',
      pod(container('a', { cpu: '1' })),
      { type: 'Container', max: { cpu: '1' } },
      'maximum cpu usage per Container is 1.  No limit is specified',
    ],
    [
      'too large a limit',
      pod(container('a', {}, { memory: '1536Mi' })),
      { type: 'Container', max: { memory: '1Gi' } },
      'maximum memory usage per Container is 1Gi, but limit is 1536Mi',
    ],
    [
      'the sum of a pod',
      pod(...two),
      { type: 'Pod', max: { cpu: '3' }, min: { cpu: '3' } },
      '[minimum cpu usage per Pod is 3, but request is 2, maximum cpu usage per Pod is 3, but limit is 4]',
    ],
    [
      'too far from request to limit',
      pod(container('a', { cpu: '500m' }, { cpu: '2' })),
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
    ],
    [
      'no ratio without a request',
      pod(container('a', {}, { cpu: '2' })),
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      'an init container',
      request('pods', { containers: [two[0]], initContainers: [container('i', {}, { cpu: '9' })] }),
      { type: 'Container', max: { cpu: '2' } },
      'maximum cpu usage per Container is 2, but limit is 9',
    ],
    [
      'a large claim',
      request('persistentvolumeclaims', { resources: { requests: { storage: '5Gi' } } }),
      { type: 'PersistentVolumeClaim', max: { storage: '2Gi' } },
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi',
    ],
    [
      'a small claim',
      request('persistentvolumeclaims', { resources: { requests: { storage: '500Mi' } } }),
      { type: 'PersistentVolumeClaim', min: { storage: '1Gi' } },
      'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi',
    ],
  ])('%s', async (_name, asked, limits, message) => expect(await refusal(asked, limits)).toBe(message));

  it('leaves alone what cannot change its size', () => {
    const handles = (more: Partial<AdmissionRequest>) => plugin().handles(request('pods', {}, more));
    expect(handles({})).toBe(true);
    expect(handles({ operation: 'UPDATE' })).toBe(false);
    expect(handles({ operation: 'UPDATE', subresource: 'resize' })).toBe(true);
    expect(handles({ operation: 'DELETE', object: undefined })).toBe(false);
    expect(handles({ resource: 'services' })).toBe(false);
  });
});
