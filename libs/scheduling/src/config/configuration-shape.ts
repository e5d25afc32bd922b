import { extensionPoints } from '../framework/extension-points';
import type { Shape } from './document-shape';

const plugin: Shape = { fields: { name: 'string', weight: 'int32' } };
const pluginSet: Shape = { fields: { enabled: { list: plugin }, disabled: { list: plugin } } };
const shapePoints: Shape = { list: { fields: { utilization: 'int32', score: 'int32' } } };
const resources: Shape = { list: { fields: { name: 'string', weight: 'int64' } } };
const typeMeta = { kind: 'string', apiVersion: 'string' } as const;
const requirement: Shape = { fields: { key: 'string', operator: 'string', values: { list: 'string' } } };
const nodeTerm: Shape = { fields: { matchExpressions: { list: requirement }, matchFields: { list: requirement } } };
const labelSelector: Shape = { fields: { matchLabels: { map: 'string' }, matchExpressions: { list: requirement } } };

export const configurationShape: Shape = {
  fields: {
    ...typeMeta,
    parallelism: 'int32',
    leaderElection: {
      fields: {
        leaderElect: 'bool',
        leaseDuration: 'duration',
        renewDeadline: 'duration',
        retryPeriod: 'duration',
        resourceLock: 'string',
        resourceName: 'string',
        resourceNamespace: 'string',
      },
    },
    clientConnection: {
      fields: {
        kubeconfig: 'string',
        acceptContentTypes: 'string',
        contentType: 'string',
        qps: 'float',
        burst: 'int32',
      },
    },
    enableProfiling: 'bool',
    enableContentionProfiling: 'bool',
    percentageOfNodesToScore: 'int32',
    podInitialBackoffSeconds: 'int64',
    podMaxBackoffSeconds: 'int64',
    delayCacheUntilActive: 'bool',
    profiles: {
      list: {
        fields: {
          schedulerName: 'string',
          percentageOfNodesToScore: 'int32',
          plugins: {
            fields: Object.fromEntries([...extensionPoints, 'multiPoint'].map((point) => [point, pluginSet])),
          },
          pluginConfig: { list: { fields: { name: 'string', args: 'any' } } },
        },
      },
    },
    extenders: {
      list: {
        fields: {
          urlPrefix: 'string',
          filterVerb: 'string',
          preemptVerb: 'string',
          prioritizeVerb: 'string',
          weight: 'int64',
          bindVerb: 'string',
          enableHTTPS: 'bool',
          tlsConfig: {
            fields: {
              insecure: 'bool',
              serverName: 'string',
              certFile: 'string',
              keyFile: 'string',
              caFile: 'string',
              certData: 'string',
              keyData: 'string',
              caData: 'string',
            },
          },
          httpTimeout: 'duration',
          nodeCacheCapable: 'bool',
          managedResources: { list: { fields: { name: 'string', ignoredByScheduler: 'bool' } } },
          ignorable: 'bool',
        },
      },
    },
  },
};

/** The arguments of the default plugins that take any. */
export const pluginArgsShapes: Readonly<Record<string, Shape>> = {
  DefaultPreemption: {
    fields: { ...typeMeta, minCandidateNodesPercentage: 'int32', minCandidateNodesAbsolute: 'int32' },
  },
  DynamicResources: { fields: { ...typeMeta, filterTimeout: 'duration', bindingTimeout: 'duration' } },
  InterPodAffinity: {
    fields: { ...typeMeta, hardPodAffinityWeight: 'int32', ignorePreferredTermsOfExistingPods: 'bool' },
  },
  NodeAffinity: {
    fields: {
      ...typeMeta,
      addedAffinity: {
        fields: {
          requiredDuringSchedulingIgnoredDuringExecution: { fields: { nodeSelectorTerms: { list: nodeTerm } } },
          preferredDuringSchedulingIgnoredDuringExecution: {
            list: { fields: { weight: 'int32', preference: nodeTerm } },
          },
        },
      },
    },
  },
  NodeResourcesBalancedAllocation: { fields: { ...typeMeta, resources } },
  NodeResourcesFit: {
    fields: {
      ...typeMeta,
      ignoredResources: { list: 'string' },
      ignoredResourceGroups: { list: 'string' },
      scoringStrategy: {
        fields: { type: 'string', resources, requestedToCapacityRatio: { fields: { shape: shapePoints } } },
      },
    },
  },
  PodTopologySpread: {
    fields: {
      ...typeMeta,
      defaultConstraints: {
        list: {
          fields: {
            maxSkew: 'int32',
            topologyKey: 'string',
            whenUnsatisfiable: 'string',
            labelSelector,
            minDomains: 'int32',
            nodeAffinityPolicy: 'string',
            nodeTaintsPolicy: 'string',
            matchLabelKeys: { list: 'string' },
          },
        },
      },
      defaultingType: 'string',
    },
  },
  VolumeBinding: { fields: { ...typeMeta, bindTimeoutSeconds: 'int64', shape: shapePoints } },
};
