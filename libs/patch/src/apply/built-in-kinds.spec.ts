import type { ApiObject } from '@nestor/api';
import { definitionSchema } from '@nestor/schema';
import { serverSideApply } from './server-side-apply';
import { trackUpdate } from './track-update';

const now = '2026-01-02T03:04:05Z';
const core = 'io.k8s.api.core.v1';

const pod: ApiObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'd', labels: { a: 'b' } },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'i',
        ports: [{ containerPort: 80 }],
        // A number is a quantity, too.
        resources: { limits: { cpu: 1, memory: '1Gi' } },
        livenessProbe: { httpGet: { path: '/', port: 80 } },
        volumeMounts: [{ name: 'v', mountPath: '/x' }],
      },
    ],
    tolerations: [{ key: 'x', operator: 'Exists' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
};

const service: ApiObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'd', ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'n', uid: 'u' }] },
  spec: { ports: [{ port: 80, targetPort: 'http' }], selector: { a: 'b' } },
  status: { loadBalancer: {} },
};

const definition: ApiObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'xs.y' },
  spec: {
    group: 'y',
    names: { plural: 'xs', kind: 'X' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        // The schema of schemas refers to itself and holds values of any type.
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { default: { a: 1 }, enum: [1, 'a'] } } } },
      },
    ],
  },
};

describe('the sets of built-in kinds', () => {
  const apply = (schema: string, applied: ApiObject) =>
    serverSideApply({ schema: definitionSchema(schema), applied, manager: 'm', force: false, now }).managedFields[0]!
      .fieldsV1;

  test('an applied pod', () => {
    expect(apply(`${core}.Pod`, pod)).toEqual({
      'f:metadata': { 'f:labels': { 'f:a': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"c"}': {
            '.': {},
            'f:image': {},
            'f:livenessProbe': { 'f:httpGet': { 'f:path': {}, 'f:port': {} } },
            'f:name': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            'f:resources': { 'f:limits': { 'f:cpu': {}, 'f:memory': {} } },
            'f:volumeMounts': { 'k:{"mountPath":"/x"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
          },
        },
        'f:tolerations': {},
        'f:volumes': { 'k:{"name":"v"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
      },
    });
  });

  test('a created service: atomic references and selector, its empty status not owned', () => {
    const [entry] = trackUpdate({ schema: definitionSchema(`${core}.Service`), new: service, manager: 'm', now }) ?? [];
    expect(entry!.fieldsV1).toEqual({
      'f:metadata': { 'f:ownerReferences': { '.': {}, 'k:{"uid":"u"}': {} } },
      'f:spec': {
        'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:targetPort': {} } },
        'f:selector': {},
      },
    });
  });

  test('an applied custom resource definition', () => {
    const name = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
    expect(apply(name, definition)).toEqual({
      'f:spec': { 'f:group': {}, 'f:names': { 'f:kind': {}, 'f:plural': {} }, 'f:scope': {}, 'f:versions': {} },
    });
  });
});
