import type { Pod, PodSpec, PodStatus } from '@nestor/api';
import { containerOf, podWith, sandboxOf, viewOf } from './pod-fixtures';
import { generatePodStatus, type StatusInput } from './pod-status';
import { emptyRuntimePod, type RuntimePod } from './runtime-pod';

const now = new Date('2030-01-02T03:04:05.678Z');
const status = (spec: Partial<PodSpec>, view: RuntimePod, more: Partial<StatusInput> = {}, pod: Partial<Pod> = {}) =>
  generatePodStatus({
    pod: podWith(spec, pod),
    view,
    hostIPs: ['192.0.2.1'],
    runtimeName: 'containerd',
    waiting: new Map(),
    isStarted: () => true,
    isReady: () => true,
    now,
    ...more,
  });
const conditionsOf = ({ conditions }: PodStatus) =>
  Object.fromEntries((conditions ?? []).map(({ type, status: is, reason }) => [type, reason ? `${is} ${reason}` : is]));

describe('generatePodStatus', () => {
  it('says ContainerCreating before there is anything', () => {
    const result = status({}, emptyRuntimePod);
    expect(result).toMatchObject({
      phase: 'Pending',
      hostIP: '192.0.2.1',
      startTime: '2030-01-02T03:04:05Z',
      qosClass: 'BestEffort',
      containerStatuses: [
        { name: 'main', state: { waiting: { reason: 'ContainerCreating' } }, restartCount: 0, imageID: '' },
      ],
    });
    expect(result.podIP).toBeUndefined();
    expect(conditionsOf(result)).toEqual({
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      Ready: 'False ContainersNotReady',
      ContainersReady: 'False ContainersNotReady',
      PodScheduled: 'True',
    });
  });

  it('is ready when its containers are', () => {
    const result = status({}, viewOf(containerOf('main', 'running')));
    expect(result).toMatchObject({
      phase: 'Running',
      podIP: '10.0.0.5',
      podIPs: [{ ip: '10.0.0.5' }],
      containerStatuses: [
        {
          ready: true,
          started: true,
          containerID: 'containerd://main-0',
          imageID: 'sha256:abc',
          state: { running: { startedAt: '2001-09-09T01:46:40Z' } },
          lastState: {},
        },
      ],
    });
    expect(conditionsOf(result)).toMatchObject({
      Ready: 'True',
      ContainersReady: 'True',
      PodReadyToStartContainers: 'True',
    });
  });

  it('names the containers that are not ready', () => {
    const result = status({}, viewOf(containerOf('main', 'running')), { isReady: () => false });
    expect(result.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
      'containers with unready status: [main]',
    );
  });

  it('shows a crash as waiting with the end as the last state', () => {
    const waiting = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    const result = status({}, viewOf(containerOf('main', 2, { attempt: 3 })), { waiting });
    expect(result).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          restartCount: 3,
          ready: false,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
          lastState: { terminated: { exitCode: 2, reason: 'Error', finishedAt: '2001-09-09T01:46:45Z' } },
        },
      ],
    });
  });

  it('keeps the end of the attempt before as the last state of the one that runs', () => {
    const view = viewOf(containerOf('main', 'running', { attempt: 1 }), containerOf('main', 1));
    expect(status({}, view).containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 1, containerID: 'containerd://main-0' } },
    });
  });

  it.each([
    ['Never', [0], 'Succeeded'],
    ['Never', [1], 'Failed'],
    ['OnFailure', [0], 'Succeeded'],
    ['OnFailure', [1], 'Running'],
    ['Always', [0], 'Running'],
    ['Never', ['running', 1], 'Running'],
    ['Never', [0, 0], 'Succeeded'],
    ['Never', [0, 1], 'Failed'],
  ] as const)('with restartPolicy %s and containers %j is %s', (restartPolicy, states, phase) => {
    const containers = states.map((_, at) => ({ name: `c${at}`, image: 'img:1' }));
    const view = viewOf(...states.map((state, at) => containerOf(`c${at}`, state)));
    expect(status({ restartPolicy, containers }, view).phase).toBe(phase);
  });

  it('never leaves a final phase', () => {
    const pod = { status: { phase: 'Failed' } } as Partial<Pod>;
    expect(status({}, viewOf(containerOf('main', 'running')), {}, pod).phase).toBe('Failed');
  });

  it('waits for init containers, naming those that are not done', () => {
    const initContainers = [
      { name: 'one', image: 'i' },
      { name: 'two', image: 'i' },
    ];
    const result = status({ initContainers }, viewOf(containerOf('one', 0)), { isStarted: () => false });
    expect(result).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'one', ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
        { name: 'two', ready: false, state: { waiting: { reason: 'PodInitializing' } } },
      ],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    expect(result.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [two]',
    });
  });

  it('fails with an init container that may not be repeated', () => {
    const initContainers = [{ name: 'one', image: 'i' }];
    expect(status({ initContainers, restartPolicy: 'Never' }, viewOf(containerOf('one', 1))).phase).toBe('Failed');
  });

  it('moves a transition time only with the status, and leaves the conditions of others alone', () => {
    const conditions = [
      { type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' },
      { type: 'ContainersReady', status: 'False', lastTransitionTime: '2020-01-01T00:00:00Z' },
      { type: 'example.com/gate', status: 'True' },
    ];
    const pod = { status: { conditions } } as unknown as Partial<Pod>;
    const times = Object.fromEntries(
      (status({}, viewOf(containerOf('main', 'running')), {}, pod).conditions ?? []).map(
        ({ type, lastTransitionTime }) => [type, lastTransitionTime],
      ),
    );
    expect(times).toMatchObject({ Ready: '2020-01-01T00:00:00Z', ContainersReady: '2030-01-02T03:04:05Z' });
    expect(times).toHaveProperty(['example.com/gate']);
  });

  it('waits for readiness gates', () => {
    const result = status(
      { readinessGates: [{ conditionType: 'example.com/gate' }] },
      viewOf(containerOf('main', 'running')),
    );
    expect(conditionsOf(result)).toMatchObject({ Ready: 'False ReadinessGatesNotReady', ContainersReady: 'True' });
  });

  it('has the host’s address on the host network and keeps its own when it has ended', () => {
    expect(status({ hostNetwork: true }, viewOf(containerOf('main', 'running'))).podIP).toBe('192.0.2.1');
    const pod = { status: { podIPs: [{ ip: '10.0.0.9' }] } } as Partial<Pod>;
    const ended = {
      sandboxes: [sandboxOf(0, { state: 'SANDBOX_NOTREADY', ips: [] })],
      containers: [containerOf('main', 0)],
    };
    expect(status({ restartPolicy: 'Never' }, ended, {}, pod)).toMatchObject({ phase: 'Succeeded', podIP: '10.0.0.9' });
  });
});
