import type { Pod } from '../../meta/json-types';
import { podCells } from './pod-table';

const now = new Date('2026-01-01T01:00:00Z');
const created = '2026-01-01T00:56:40Z';

interface Given {
  phase?: string;
  reason?: string;
  deleted?: boolean;
  containers?: object[];
  init?: object[];
  initSpecs?: object[];
  conditions?: object[];
}

function cells({
  phase = 'Running',
  reason,
  deleted,
  containers = [],
  init = [],
  initSpecs = [],
  conditions,
}: Given): unknown[] {
  return podCells(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', creationTimestamp: created, ...(deleted ? { deletionTimestamp: created } : {}) },
      spec: { containers: [{ name: 'main' }], initContainers: initSpecs },
      status: { phase, reason, containerStatuses: containers, initContainerStatuses: init, conditions },
    } as unknown as Pod,
    now,
  ).slice(0, 5);
}

const running = { name: 'main', ready: true, restartCount: 0, state: { running: {} } };
const terminated = (exitCode: number, reason?: string) => ({
  name: 'main',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, reason } },
});

describe('kubectl get pods', () => {
  it.each<[string, Given, [string, string, string]]>([
    ['a pending pod', { phase: 'Pending' }, ['0/1', 'Pending', '0']],
    ['a running pod', { containers: [running] }, ['1/1', 'Running', '0']],
    [
      'a crash loop',
      {
        containers: [
          {
            name: 'main',
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:57:00Z' } },
          },
        ],
      },
      ['0/1', 'CrashLoopBackOff', '4 (3m ago)'],
    ],
    ['a finished pod', { phase: 'Succeeded', containers: [terminated(0, 'Completed')] }, ['0/1', 'Completed', '0']],
    ['a failure without reason', { phase: 'Failed', containers: [terminated(3)] }, ['0/1', 'ExitCode:3', '0']],
    ['a pod that goes', { deleted: true, containers: [running] }, ['1/1', 'Terminating', '0']],
    [
      'a finished pod that goes',
      { phase: 'Succeeded', deleted: true, containers: [terminated(0, 'Completed')] },
      ['0/1', 'Completed', '0'],
    ],
    ['a pod on a lost node', { reason: 'NodeLost', deleted: true, containers: [running] }, ['1/1', 'Unknown', '0']],
    ['an evicted pod', { phase: 'Failed', reason: 'Evicted' }, ['0/1', 'Evicted', '0']],
    [
      'a pod that initialises',
      {
        phase: 'Pending',
        initSpecs: [{ name: 'a' }, { name: 'b' }],
        init: [
          { name: 'a', restartCount: 0, state: { terminated: { exitCode: 0 } } },
          { name: 'b', restartCount: 0, state: { running: {} } },
        ],
        containers: [{ name: 'main', restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } }],
      },
      ['0/1', 'Init:1/2', '0'],
    ],
    [
      'a failed init container',
      {
        phase: 'Pending',
        initSpecs: [{ name: 'a' }],
        init: [{ name: 'a', restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
      ['0/1', 'Init:CrashLoopBackOff', '2'],
    ],
    [
      'a sidecar',
      {
        initSpecs: [{ name: 'side', restartPolicy: 'Always' }],
        init: [{ name: 'side', ready: true, started: true, restartCount: 1, state: { running: {} } }],
        containers: [running],
      },
      ['2/2', 'Running', '1'],
    ],
    [
      'a gated pod',
      { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      ['0/1', 'SchedulingGated', '0'],
    ],
  ])('shows %s', (_, given, [ready, status, restarts]) => {
    expect(cells(given)).toEqual(['web', ready, status, restarts, '3m20s']);
  });
});
