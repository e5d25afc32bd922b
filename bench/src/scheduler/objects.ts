import type { DeepReadonly, Node, Pod } from '@nestor/api';

/** Namespaces of the pods that are there before and of those that are measured, named as in scheduler_perf. */
export const initNamespace = 'sched-0';
export const podNamespace = 'sched-1';
/** Of the priority class 'high'. */
export const highPriority = 1000;

const zones = 3;
const hostname = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';
export const nodeName = (index: number): string => `node-${String(index).padStart(5, '0')}`;

/** scheduler_perf's node-default.yaml with a zone: 4 CPU, 32 GiB, 110 pods. */
export function benchNode(index: number): DeepReadonly<Node> {
  const name = nodeName(index);
  const amounts = { cpu: '4', memory: '32Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { [hostname]: name, [zone]: `zone-${index % zones}`, 'scheduler-perf/group': `group-${index % 10}` },
    },
    status: { capacity: amounts, allocatable: amounts, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

type Spec = NonNullable<Pod['spec']>;
export interface PodTemplate {
  labels?: Record<string, string>;
  cpu?: string;
  memory?: string;
  spec?: Partial<Spec>;
}

const color = (value: string) => ({ color: value });
const both = [initNamespace, podNamespace];
const near = (value: string, topologyKey: string) => ({
  labelSelector: { matchLabels: color(value) },
  topologyKey,
  namespaces: both,
});
const spread = (whenUnsatisfiable: string, topologyKey: string) => [
  { maxSkew: 5, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: color('blue') } },
];

/** The pods of the workloads, as scheduler_perf's templates have them. */
export const templates = {
  basic: {},
  // Nobody runs the pods: without a grace period a victim is gone at once.
  low: { cpu: '900m', spec: { terminationGracePeriodSeconds: 0 } },
  preempting: { cpu: '3', spec: { priorityClassName: 'high' } },
  impossible: { cpu: '9' },
  nodeAffinity: {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: 'In', values: ['zone-0', 'zone-1'] }] }],
          },
        },
      },
    },
  },
  affinity: {
    labels: color('blue'),
    spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near('blue', zone)] } } },
  },
  antiAffinity: {
    labels: color('green'),
    spec: {
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near('green', hostname)] } },
    },
  },
  preferredAffinity: {
    labels: color('red'),
    spec: {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: near('red', hostname) }],
        },
      },
    },
  },
  preferredAntiAffinity: {
    labels: color('yellow'),
    spec: {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: near('yellow', hostname) }],
        },
      },
    },
  },
  spread: { labels: color('blue'), spec: { topologySpreadConstraints: spread('DoNotSchedule', zone) } },
  preferredSpread: { labels: color('blue'), spec: { topologySpreadConstraints: spread('ScheduleAnyway', zone) } },
} satisfies Record<string, PodTemplate>;

export function benchPod(name: string, namespace: string, template: PodTemplate): Pod {
  const { labels = {}, cpu = '100m', memory = '500Mi', spec = {} } = template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'pause',
          image: 'registry.k8s.io/pause:3.10',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu, memory }, requests: { cpu, memory } },
        },
      ],
      ...spec,
    },
  };
}
