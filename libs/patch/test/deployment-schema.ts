import type { StructuralSchema } from '@nestor/schema';

const string: StructuralSchema = { type: 'string' };
const integer: StructuralSchema = { type: 'integer' };
const strings: StructuralSchema = { type: 'object', additionalProperties: string };

const metadata: StructuralSchema = {
  type: 'object',
  properties: {
    name: string,
    namespace: string,
    uid: string,
    resourceVersion: string,
    generation: integer,
    creationTimestamp: string,
    labels: strings,
    annotations: strings,
    finalizers: { type: 'array', items: string, listType: 'set', patchStrategy: 'merge' },
    managedFields: { type: 'array', listType: 'atomic', items: { type: 'object' } },
  },
};

const port: StructuralSchema = {
  type: 'object',
  required: ['containerPort'],
  properties: { containerPort: integer, protocol: { ...string, default: 'TCP' }, name: string },
};

const container: StructuralSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: string,
    image: string,
    args: { type: 'array', items: string, listType: 'atomic' },
    env: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategy: 'merge',
      patchMergeKey: 'name',
      items: { type: 'object', properties: { name: string, value: string } },
    },
    ports: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['containerPort', 'protocol'],
      patchStrategy: 'merge',
      patchMergeKey: 'containerPort',
      items: port,
    },
    resources: { type: 'object', properties: { limits: strings } },
  },
};

const podSpec: StructuralSchema = {
  type: 'object',
  required: ['containers'],
  properties: {
    containers: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategy: 'merge',
      patchMergeKey: 'name',
      items: container,
    },
    volumes: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategy: 'merge,retainKeys',
      patchMergeKey: 'name',
      items: {
        type: 'object',
        properties: {
          name: string,
          emptyDir: { type: 'object', properties: { medium: string } },
          hostPath: { type: 'object', properties: { path: string } },
        },
      },
    },
    nodeSelector: { ...strings, mapType: 'atomic' },
    securityContext: { type: 'object', properties: { runAsUser: integer } },
    restartPolicy: string,
  },
};

/** A cut of apps/v1 Deployment with every kind of list and map that merges. */
export const deploymentSchema: StructuralSchema = {
  type: 'object',
  properties: {
    apiVersion: string,
    kind: string,
    metadata,
    spec: {
      type: 'object',
      required: ['selector', 'template'],
      properties: {
        replicas: integer,
        paused: { type: 'boolean' },
        selector: { type: 'object', mapType: 'atomic', properties: { matchLabels: strings } },
        strategy: {
          type: 'object',
          patchStrategy: 'retainKeys',
          properties: {
            type: string,
            rollingUpdate: {
              type: 'object',
              properties: { maxSurge: { intOrString: true }, maxUnavailable: { intOrString: true } },
            },
          },
        },
        template: { type: 'object', properties: { metadata, spec: podSpec } },
      },
    },
    status: { type: 'object', properties: { replicas: integer, observedGeneration: integer } },
  },
};
