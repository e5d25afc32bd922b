import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jobTrackingFinalizer, type Job, type JobSpec, type Pod } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { JobModule } from './job.module';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const jobOf = (name: string, spec: Partial<JobSpec> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'default' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } }, ...spec },
});

(isBuilt ? describe : describe.skip)('JobReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [JobModule] });
    const metadata = { name: 'default', namespace: 'default' };
    await bed.client.resource(refs.serviceAccounts).create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  }, 120_000);
  afterAll(() => bed?.stop());

  const create = (job: Job): Promise<Job> => bed.client.resource(refs.jobs).create(job);
  const read = (name: string): Promise<Job> => bed.client.resource(refs.jobs).get(name, 'default');
  const podsOf = async (name: string): Promise<Pod[]> =>
    (await bed.client.resource(refs.pods).list({ namespace: 'default', labelSelector: `job-name=${name}` })).items;
  const unfinished = async (name: string): Promise<Pod[]> =>
    (await podsOf(name)).filter(({ status }) => status?.phase === 'Pending');
  const end = (pod: Pod, exitCode: number): Promise<Pod> => {
    const finishedAt = '2026-01-01T00:00:00Z';
    const terminated = { exitCode, finishedAt };
    const status = { name: 'c', image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated } };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    return bed.client
      .resource(refs.pods)
      .updateStatus({ ...pod, status: { ...pod.status, phase, containerStatuses: [status] } });
  };
  const endWhenThere = (name: string, count: number, exitCode = 0): Promise<void> =>
    eventually(
      async () => {
        const pods = await unfinished(name);
        expect(pods).toHaveLength(count);
        for (const pod of pods) await end(pod, exitCode);
      },
      { timeoutMs: 60_000 },
    );
  const becomes = (name: string, status: object): Promise<void> =>
    eventually(async () => expect((await read(name)).status).toMatchObject(status), { timeoutMs: 60_000 });
  const condition = (type: string, rest: object = {}): unknown =>
    expect.objectContaining({ type, status: 'True', ...rest });

  it('runs as many pods as asked and counts each once', async () => {
    await create(jobOf('three', { completions: 3, parallelism: 2 }));
    await becomes('three', { active: 2, ready: 0, terminating: 0 });
    await endWhenThere('three', 2);
    await endWhenThere('three', 1);
    await becomes('three', {
      succeeded: 3,
      uncountedTerminatedPods: {},
      conditions: [
        condition('SuccessCriteriaMet', { reason: 'CompletionsReached' }),
        condition('Complete', { message: 'Reached expected number of succeeded pods' }),
      ],
    });
    const { status } = await read('three');
    expect(status).not.toHaveProperty('active');
    expect(status?.completionTime).toBeDefined();
    const pods = await podsOf('three');
    expect(pods).toHaveLength(3);
    for (const { metadata } of pods) expect(metadata.finalizers ?? []).toEqual([]);
  });

  it('gives each index its pod, and a failed index another one', async () => {
    await create(
      jobOf('shards', { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 }),
    );
    await eventually(async () => expect(await unfinished('shards')).toHaveLength(3));
    const pods = (await unfinished('shards')).sort((a, b) => (a.spec!.hostname! < b.spec!.hostname! ? -1 : 1));
    expect(pods.map(({ spec }) => spec?.hostname)).toEqual(['shards-0', 'shards-1', 'shards-2']);
    expect(pods[1]?.metadata.name).toMatch(/^shards-1-/);
    expect(pods[1]?.metadata.labels).toMatchObject({ 'batch.kubernetes.io/job-completion-index': '1' });
    expect(pods[1]?.spec?.containers[0]?.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: {
          fieldRef: expect.objectContaining({
            fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']",
          }),
        },
      },
    ]);
    await end(pods[0]!, 0);
    await end(pods[1]!, 1);
    await end(pods[2]!, 0);
    await eventually(async () => {
      const [next] = await unfinished('shards');
      expect(next?.metadata.annotations).toMatchObject({
        'batch.kubernetes.io/job-completion-index': '1',
        'batch.kubernetes.io/job-index-failure-count': '1',
      });
    });
    await becomes('shards', { completedIndexes: '0,2', failedIndexes: '', succeeded: 2, failed: 1 });
    await endWhenThere('shards', 1, 1);
    await becomes('shards', {
      failedIndexes: '1',
      failed: 2,
      conditions: [
        condition('FailureTarget'),
        condition('Failed', { reason: 'FailedIndexes', message: 'Job has failed indexes' }),
      ],
    });
  });

  it('fails by its policy and takes the other pods away', async () => {
    const rule = { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } };
    await create(jobOf('picky', { completions: 2, parallelism: 2, podFailurePolicy: { rules: [rule] } }));
    await eventually(async () => expect(await unfinished('picky')).toHaveLength(2));
    const [first] = await unfinished('picky');
    await end(first!, 42);
    const message = `Container c for pod default/${first!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
    await becomes('picky', {
      failed: 2,
      conditions: [condition('FailureTarget'), condition('Failed', { reason: 'PodFailurePolicy', message })],
    });
    expect((await podsOf('picky')).map(({ metadata }) => metadata.name)).toEqual([first!.metadata.name]);
  });

  it('gives up past its limit, and at its deadline', async () => {
    await create(jobOf('fragile', { backoffLimit: 0 }));
    await create(jobOf('late', { activeDeadlineSeconds: 1 }));
    await endWhenThere('fragile', 1, 1);
    const message = 'Job has reached the specified backoff limit';
    await becomes('fragile', { failed: 1, conditions: [condition('FailureTarget'), condition('Failed', { message })] });
    await becomes('late', {
      failed: 1,
      conditions: [condition('FailureTarget'), condition('Failed', { reason: 'DeadlineExceeded' })],
    });
  });

  it('lets its pods go while suspended', async () => {
    const jobs = bed.client.resource(refs.jobs);
    await create(jobOf('paused', { suspend: true, parallelism: 2 }));
    await becomes('paused', {
      conditions: [condition('Suspended', { reason: 'JobSuspended', message: 'Job suspended' })],
    });
    expect((await read('paused')).status?.startTime).toBeUndefined();
    await jobs.patch('paused', 'default', 'merge', { spec: { suspend: false } });
    await becomes('paused', { active: 2, conditions: [{ type: 'Suspended', status: 'False', reason: 'JobResumed' }] });
    await jobs.patch('paused', 'default', 'merge', { spec: { suspend: true } });
    await eventually(async () => expect(await podsOf('paused')).toEqual([]));
    await becomes('paused', { ready: 0, conditions: [condition('Suspended')] });
    expect((await read('paused')).status).not.toHaveProperty('failed');
    await jobs.patch('paused', 'default', 'merge', { spec: { suspend: false } });
    await becomes('paused', { active: 2 });
  });

  it('adopts what its own selector finds, finalizer and all, and releases what it finds no more', async () => {
    const pods = bed.client.resource(refs.pods);
    const labels = { 'job-name': 'family' };
    const spec = { containers: [{ name: 'c', image: 'x' }], restartPolicy: 'Never' };
    await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stray', namespace: 'default', labels },
      spec,
    });
    const template = { metadata: { labels }, spec };
    // Else the controller may make another before it has heard of this one.
    await eventually(() => expect(bed.informers.informer(refs.pods).lister.get('default', 'stray')).toBeDefined());
    await create(jobOf('family', { manualSelector: true, selector: { matchLabels: labels }, template }));
    await eventually(async () => {
      const { metadata } = await pods.get('stray', 'default');
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'Job', name: 'family', controller: true }]);
      expect(metadata.finalizers).toEqual([jobTrackingFinalizer]);
    });
    await becomes('family', { active: 1 });
    await pods.patch('stray', 'default', 'merge', { metadata: { labels: { 'job-name': 'free' } } });
    await eventually(async () => {
      const { metadata } = await pods.get('stray', 'default');
      expect([metadata.ownerReferences ?? [], metadata.finalizers ?? []]).toEqual([[], []]);
      expect(await podsOf('family')).toHaveLength(1);
    });
  });

  it('leaves others their Jobs, and lets go of pods whose Job is gone', async () => {
    const [jobs, pods] = [bed.client.resource(refs.jobs), bed.client.resource(refs.pods)];
    await create(jobOf('theirs', { managedBy: 'example.com/queue' }));
    await create(jobOf('gone'));
    await eventually(async () => expect(await podsOf('gone')).toHaveLength(1));
    const [pod] = await podsOf('gone');
    expect(pod?.metadata.finalizers).toEqual([jobTrackingFinalizer]);
    await jobs.delete('gone', 'default', { propagationPolicy: 'Background' });
    await pods.delete(pod!.metadata.name!, 'default');
    await eventually(async () => expect(await podsOf('gone')).toEqual([]));
    expect((await read('theirs')).status).toEqual({});
    expect(await podsOf('theirs')).toEqual([]);
  });
});
