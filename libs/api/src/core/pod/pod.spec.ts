import { changed, context, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { Pod } from '../../meta/json-types';
import { podDefinition } from './pod';

const container = { name: 'main', image: 'busybox:1' };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [container] },
};
const withContainer = (extra: object, spec: object = {}) =>
  changed(pod, { spec: { ...spec, containers: [{ ...container, ...extra }] } });

describe('a pod as it is stored', () => {
  it('has every default of a minimal manifest', () => {
    expect(created<Pod>(pod)).toEqual({
      ...pod,
      spec: {
        containers: [
          {
            name: 'main',
            image: 'busybox:1',
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it.each([
    ['busybox', 'Always'],
    ['busybox:latest', 'Always'],
    ['busybox:1.36', 'IfNotPresent'],
    ['registry:5000/busybox', 'Always'],
    ['registry:5000/busybox:2', 'IfNotPresent'],
    ['busybox@sha256:abc', 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    expect(created<Pod>(withContainer({ image })).spec?.containers[0]?.imagePullPolicy).toBe(policy);
  });

  it('requests what it limits, in canonical form', () => {
    const resources = { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: '0.5' } };
    const stored = created<Pod>(withContainer({ resources }));
    expect(stored.spec?.containers[0]?.resources).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    });
    expect(stored.status?.qosClass).toBe('Burstable');
  });

  it('is refused with an amount that is none, as the decoder of Kubernetes would', () => {
    expect(() => created(withContainer({ resources: { limits: { cpu: 'lots' } } }))).toThrow(
      'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression',
    );
  });

  it('fills host ports on the host network, volumes without a source and the old account name', () => {
    const stored = created<Pod>(
      withContainer(
        { ports: [{ containerPort: 80 }] },
        { hostNetwork: true, volumes: [{ name: 'v' }], serviceAccountName: 'sa' },
      ),
    );
    expect(stored.spec?.containers[0]?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
    expect(stored.spec?.volumes).toEqual([{ name: 'v', emptyDir: {} }]);
    expect(stored.spec?.serviceAccount).toBe('sa');
  });
});

describe('pod validation', () => {
  it('accepts a minimal pod', () => expect(createErrors(pod)).toEqual([]));

  it.each<[string, object, string[]]>([
    ['no containers', changed(pod, { spec: { containers: [] } }), ['spec.containers: Required value']],
    ['no image', withContainer({ image: undefined }), ['spec.containers[0].image: Required value']],
    [
      'a padded image',
      withContainer({ image: ' x ' }),
      ['spec.containers[0].image: Invalid value: " x ": must not have leading or trailing whitespace'],
    ],
    [
      'a name twice',
      changed(pod, { spec: { containers: [container, container] } }),
      ['spec.containers[1].name: Duplicate value: "main"'],
    ],
    [
      'an unknown restart policy',
      changed(pod, { spec: { restartPolicy: 'Sometimes' } }),
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      'a port out of range',
      withContainer({ ports: [{ containerPort: 70000 }] }),
      ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'a port name twice',
      withContainer({
        ports: [
          { name: 'http', containerPort: 80 },
          { name: 'http', containerPort: 81 },
        ],
      }),
      ['spec.containers[0].ports[1].name: Duplicate value: "http"'],
    ],
    [
      'a mount of no volume',
      withContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      'two mounts at one path',
      withContainer(
        {
          volumeMounts: [
            { name: 'v', mountPath: '/d' },
            { name: 'v', mountPath: '/d' },
          ],
        },
        { volumes: [{ name: 'v' }] },
      ),
      ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/d": must be unique'],
    ],
    [
      'a request above the limit',
      withContainer({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
      [
        'spec.containers[0].resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
      ],
    ],
    [
      'a probe without handler',
      withContainer({ livenessProbe: { periodSeconds: 5 } }),
      ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    ],
    [
      'two handlers',
      withContainer({ readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } }),
      ['spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [
      'an env value and source',
      withContainer({ env: [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      'two volume sources',
      changed(pod, { spec: { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] } }),
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a volume upwards',
      changed(pod, {
        spec: { volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: '../k' }] } }] },
      }),
      ['spec.volumes[0].configMap.items[0].path: Invalid value: "../k": must not contain \'..\''],
    ],
    [
      'seconds on the wrong effect',
      changed(pod, {
        spec: { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] },
      }),
      [
        'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    ],
    [
      'a probe of an init container',
      changed(pod, {
        spec: { initContainers: [{ name: 'i', image: 'x:1', readinessProbe: { tcpSocket: { port: 1 } } }] },
      }),
      [
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'a user that cannot be',
      withContainer({ securityContext: { runAsUser: -1 } }),
      ['spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
    [
      'an affinity without terms',
      changed(pod, {
        spec: {
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
        },
      }),
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
  ])('refuses %s', (_, manifest, messages) => expect(createErrors(manifest)).toEqual(messages));
});

describe('pod update', () => {
  it('allows an image, an added toleration and metadata', () => {
    expect(updateErrors(pod, withContainer({ image: 'busybox:2' }))).toEqual([]);
    expect(updateErrors(pod, changed(pod, { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } }))).toEqual([]);
    expect(updateErrors(pod, changed(pod, { metadata: { labels: { a: 'b' } } }))).toEqual([]);
  });

  it('forbids the rest, showing the difference', () => {
    const [message = '', ...more] = updateErrors(pod, withContainer({ command: ['sh'] }));
    expect(more).toEqual([]);
    expect(message).toContain(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n',
    );
    expect(message).toMatch(/^\+ .*"command"/m);
  });

  it('forbids another number of containers', () => {
    expect(updateErrors(pod, changed(pod, { spec: { containers: [container, { ...container, name: 'b' }] } }))).toEqual(
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    );
  });

  it('writes status and spec apart', () => {
    const old = created<Pod>(pod);
    const status = structuredClone(old);
    status.status = { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] };
    status.spec = { containers: [] };
    podDefinition.strategy.prepareForUpdate?.(status, old, context('status'));
    expect(status.spec).toEqual(old.spec);
    expect(status.status).toMatchObject({ phase: 'Running', podIP: '10.0.0.1', qosClass: 'BestEffort' });
    const main = structuredClone(old);
    main.status = { phase: 'Failed' };
    podDefinition.strategy.prepareForUpdate?.(main, old, context());
    expect(main.status?.phase).toBe('Pending');
  });
});

describe('pod deletion', () => {
  it('waits for the kubelet only where there is one', () => {
    const { strategy } = definitionOf('v1', 'Pod');
    const bound = created(changed(pod, { spec: { nodeName: 'n1' } }));
    expect(strategy.defaultGracePeriodSeconds?.(bound)).toBe(30);
    expect(strategy.deleteImmediately?.(bound)).toBe(false);
    expect(strategy.deleteImmediately?.(created(pod))).toBe(true);
    expect(strategy.deleteImmediately?.({ ...bound, status: { phase: 'Succeeded' } })).toBe(true);
  });
});
