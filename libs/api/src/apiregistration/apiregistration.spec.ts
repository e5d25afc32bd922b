import { changed, created, createErrors, definitionOf } from '../../test/created';
import type { ApiObject, ApiService } from '../meta/json-types';

const remote = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io' },
  spec: {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { namespace: 'kube-system', name: 'metrics-server' },
  },
};
const local = changed(remote, { spec: { service: undefined, insecureSkipTLSVerify: undefined } });

describe('APIService', () => {
  it('asks for the HTTPS port and has to prove that it is there', () => {
    const stored = created<ApiService>(changed(remote, { status: { conditions: [{ type: 'Available' }] } }));
    expect(stored.spec?.service).toEqual({ namespace: 'kube-system', name: 'metrics-server', port: 443 });
    expect(stored.status).toEqual({});
  });

  it('is there at once where it is local', () => {
    expect(created<ApiService>(local).status?.conditions).toMatchObject([
      { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' },
    ]);
  });

  it.each<[string, object, string[]]>([
    ['a server behind a Service', remote, []],
    ['this server', local, []],
    [
      'another name',
      changed(remote, { metadata: { name: 'metrics' } }),
      ['metadata.name: Invalid value: "metrics": must be `spec.version+"."+spec.group`: "v1beta1.metrics.k8s.io"'],
    ],
    [
      'priorities out of range',
      changed(remote, { spec: { groupPriorityMinimum: 20_001, versionPriority: 0 } }),
      [
        'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'trust of two kinds',
      changed(remote, { spec: { caBundle: 'YQ==' } }),
      ['spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
    ],
    [
      'half a reference',
      changed(remote, { spec: { service: { namespace: '', name: '' } } }),
      ['spec.service.namespace: Required value', 'spec.service.name: Required value'],
    ],
    [
      'trust where none is needed',
      changed(local, { spec: { caBundle: 'YWJj', insecureSkipTLSVerify: true } }),
      [
        'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
  ])('may be of %s or says why not', (_, manifest, messages) => expect(createErrors(manifest)).toEqual(messages));

  it('shows where it is and whether', () => {
    const { cells } = definitionOf('apiregistration.k8s.io/v1', 'APIService');
    const shown = (object: object): unknown[] => cells(object as ApiObject, new Date()).slice(1, 3);
    expect(shown(created(local))).toEqual(['Local', 'True']);
    const away = { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] };
    expect(shown({ ...remote, status: away })).toEqual(['kube-system/metrics-server', 'False (MissingEndpoints)']);
  });
});
