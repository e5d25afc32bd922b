import type { PodSpec } from '@nestor/api';
import { containerOf, podWith, sandboxOf, viewOf } from './pod-fixtures';
import { planPod, type PlanInput } from './pod-plan';
import { containerHashAnnotation } from './runtime-labels';
import { emptyRuntimePod, type RuntimePod } from './runtime-pod';

const plan = (spec: Partial<PodSpec>, view: RuntimePod, more: Partial<PlanInput> = {}) => {
  const result = planPod({ pod: podWith(spec), view, failedProbes: new Map(), isStarted: () => true, ...more });
  return {
    ...result,
    start: result.start.map(({ name }) => name),
    kill: result.kill.map(({ container, message }) => `${container.id}: ${message}`),
  };
};
const idle = { killPod: false, start: [], kill: [] };
const img = (name: string, more: object = {}) => ({ name, image: 'img:1', ...more });

describe('planPod', () => {
  it('begins with a sandbox', () => {
    expect(plan({}, emptyRuntimePod)).toMatchObject({ createSandbox: 0, start: [], killPod: false });
  });
  it('starts what has not run in the sandbox', () => {
    expect(plan({}, viewOf())).toMatchObject({ ...idle, start: ['main'] });
  });
  it('has nothing to do while everything runs', () => {
    expect(plan({}, viewOf(containerOf('main', 'running')))).toMatchObject(idle);
  });
  it('starts a container that was created and never started', () => {
    expect(plan({}, viewOf(containerOf('main', 'created')))).toMatchObject({ start: ['main'] });
  });

  it.each([
    ['Always', 0, ['main']],
    ['Always', 1, ['main']],
    ['OnFailure', 0, []],
    ['OnFailure', 1, ['main']],
    ['Never', 0, []],
    ['Never', 1, []],
  ])('with restartPolicy %s and exit code %i starts %j', (restartPolicy, code, start) => {
    expect(plan({ restartPolicy }, viewOf(containerOf('main', code)))).toMatchObject({ ...idle, start });
  });

  it('makes the next sandbox when the present one is dead', () => {
    const view = { sandboxes: [sandboxOf(2, { state: 'SANDBOX_NOTREADY' })], containers: [containerOf('main', 137)] };
    expect(plan({}, view)).toMatchObject({ killPod: true, createSandbox: 3 });
  });
  it('makes the next sandbox when the present one has lost its address, but not on the host network', () => {
    const view = { sandboxes: [sandboxOf(0, { ips: [] })], containers: [] };
    expect(plan({}, view)).toMatchObject({ createSandbox: 1 });
    expect(plan({ hostNetwork: true }, view)).toMatchObject({ start: ['main'] });
  });
  it('makes no sandbox for work that is done or may not be repeated', () => {
    const dead = [sandboxOf(0, { state: 'SANDBOX_NOTREADY' })];
    const view = (code: number) => ({ sandboxes: dead, containers: [containerOf('main', code)] });
    expect(plan({ restartPolicy: 'OnFailure' }, view(0)).createSandbox).toBeUndefined();
    expect(plan({ restartPolicy: 'OnFailure' }, view(1)).createSandbox).toBe(1);
    expect(plan({ restartPolicy: 'Never' }, view(1)).createSandbox).toBeUndefined();
  });

  describe('init containers', () => {
    const spec = { initContainers: [img('one'), img('two')] };
    it.each([
      ['the first first', [], ['one']],
      ['nothing while it runs', [containerOf('one', 'running')], []],
      ['the next after its success', [containerOf('one', 0)], ['two']],
      ['it again after its failure', [containerOf('one', 1)], ['one']],
      ['the others after all', [containerOf('one', 0), containerOf('two', 0)], ['main']],
    ])('starts %s', (_what, containers, start) => {
      expect(plan(spec, viewOf(...containers))).toMatchObject({ ...idle, start });
    });
    it('are not run again once a main container exists, whatever has been collected', () => {
      expect(plan(spec, viewOf(containerOf('main', 'running')))).toMatchObject(idle);
    });
    it('that fail end a pod that may not restart', () => {
      expect(plan({ ...spec, restartPolicy: 'Never' }, viewOf(containerOf('one', 1)))).toMatchObject(idle);
    });
    it('are all run again in a new sandbox', () => {
      const old = { podSandboxId: 'sandbox-old' };
      const containers = [containerOf('one', 0, old), containerOf('two', 0, old), containerOf('main', 0, old)];
      expect(plan(spec, viewOf(...containers))).toMatchObject({ start: ['one'] });
    });
  });

  describe('sidecars', () => {
    const spec = { initContainers: [img('side', { restartPolicy: 'Always' })] };
    it('let the others wait until they have started', () => {
      const view = viewOf(containerOf('side', 'running'));
      expect(plan(spec, view, { isStarted: () => false })).toMatchObject({ ...idle, initialized: false });
      expect(plan(spec, view)).toMatchObject({ start: ['main'], initialized: true });
    });
    it('are restarted beside running containers', () => {
      expect(plan(spec, viewOf(containerOf('side', 0), containerOf('main', 'running')))).toMatchObject({
        start: ['side'],
      });
    });
  });

  it('kills a container that its probe has given up on', () => {
    const failedProbes = new Map([['main-0', 'liveness' as const]]);
    expect(plan({}, viewOf(containerOf('main', 'running')), { failedProbes })).toMatchObject({
      kill: ['main-0: Container main failed liveness probe, will be restarted'],
    });
  });
  it('kills a container whose image was changed', () => {
    const container = containerOf('main', 'running', { annotations: { [containerHashAnnotation]: 'other' } });
    expect(plan({}, viewOf(container))).toMatchObject({
      kill: ['main-0: Container main definition changed, will be restarted'],
    });
  });
});
