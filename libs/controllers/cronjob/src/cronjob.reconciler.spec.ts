import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CronJob, Job } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { CronJobModule } from './cronjob.module';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const cronJobOf = (name: string, spec: Partial<NonNullable<CronJob['spec']>> = {}): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: 'default' },
  spec: {
    schedule: '@every 1s',
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } } },
    ...spec,
  },
});
const hourAgo = (): string => new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');

(isBuilt ? describe : describe.skip)('CronJobReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [CronJobModule] });
  }, 120_000);
  afterAll(() => bed?.stop());

  const cronJobs = () => bed.client.resource(refs.cronJobs);
  const jobs = () => bed.client.resource(refs.jobs);
  const jobsOf = async (name: string): Promise<Job[]> =>
    (await jobs().list({ namespace: 'default' })).items.filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.name === name),
    );
  /** Suspended while its last run is put an hour back, so that one is due at once. */
  async function due(name: string, spec: Partial<NonNullable<CronJob['spec']>>): Promise<void> {
    const made = await cronJobs().create(cronJobOf(name, { schedule: '*/30 * * * *', ...spec, suspend: true }));
    await cronJobs().updateStatus({ ...made, status: { ...made.status, lastScheduleTime: hourAgo() } });
    await cronJobs().patch(name, 'default', 'merge', { spec: { suspend: false } });
  }
  async function finish(job: Job): Promise<void> {
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: at,
    }));
    await jobs().updateStatus({ ...job, status: { startTime: at, completionTime: at, conditions } });
  }

  it('starts a run once, follows it and notes its success', async () => {
    await due('report', {});
    await eventually(async () => expect(await jobsOf('report')).toHaveLength(1));
    const [job] = await jobsOf('report');
    const scheduled = Number(job?.metadata.name?.slice('report-'.length)) * 60_000;
    expect(new Date(scheduled).getUTCMinutes() % 30).toBe(0);
    await eventually(async () => {
      const { status } = await cronJobs().get('report', 'default');
      expect(status?.active).toMatchObject([{ kind: 'Job', apiVersion: 'batch/v1', uid: job?.metadata.uid }]);
      expect(Date.parse(status?.lastScheduleTime ?? '')).toBe(scheduled);
    });
    await finish(job!);
    await eventually(async () => {
      const { status } = await cronJobs().get('report', 'default');
      expect(status?.active).toBeUndefined();
      expect(status?.lastSuccessfulTime).toBeDefined();
    });
    expect(await jobsOf('report')).toHaveLength(1);
  });

  it('replaces what still runs, and keeps no more than it should', async () => {
    await due('sweep', { concurrencyPolicy: 'Replace', successfulJobsHistoryLimit: 0 });
    await eventually(async () => expect((await cronJobs().get('sweep', 'default')).status?.active).toHaveLength(1));
    const [first] = await jobsOf('sweep');
    await cronJobs().patch('sweep', 'default', 'merge', { spec: { suspend: true } });
    // The controller may write its status in between.
    await eventually(async () => {
      const { metadata, ...rest } = await cronJobs().get('sweep', 'default');
      const status = { ...rest.status, lastScheduleTime: hourAgo(), active: rest.status?.active };
      // The name of the first run is taken off, so that the same minute may run again under another.
      const held = status.active!.map((one) => ({ ...one, name: first!.metadata.name }));
      await cronJobs().updateStatus({ ...rest, metadata, status: { ...status, active: held } });
    });
    await cronJobs().patch('sweep', 'default', 'merge', { spec: { suspend: false, schedule: '@every 1s' } });
    await eventually(
      async () => {
        const left = await jobsOf('sweep');
        expect(left).toHaveLength(1);
        expect(left[0]?.metadata.uid).not.toBe(first?.metadata.uid);
      },
      { timeoutMs: 60_000 },
    );
    await cronJobs().patch('sweep', 'default', 'merge', { spec: { suspend: true } });
    await eventually(async () => {
      for (const job of await jobsOf('sweep')) await finish(job);
      expect(await jobsOf('sweep')).toEqual([]);
    });
  });

  it('forgets a Job that somebody deleted', async () => {
    await due('lost', {});
    await eventually(async () => expect((await cronJobs().get('lost', 'default')).status?.active).toHaveLength(1));
    const [job] = await jobsOf('lost');
    await jobs().delete(job!.metadata.name!, 'default', { propagationPolicy: 'Background' });
    await eventually(async () => expect((await cronJobs().get('lost', 'default')).status?.active).toBeUndefined());
    expect(await jobsOf('lost')).toEqual([]);
  });
});
