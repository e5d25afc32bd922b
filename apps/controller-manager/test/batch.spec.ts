import { eventually, kubectl, startApiServer, type TestApiServer, type TestProcess } from '@nestor/testing';
import { KubernetesClient, refs } from '@nestor/client';
import { describeBuilt, startControllerManager } from './controller-manager-process';
import { SimulatedNode } from './simulated-node';

const job = (name: string, exitCode: number, spec: string): string => `
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  ${spec}
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: busybox, command: [sh, -c, exit ${exitCode}]}]
`;

describeBuilt('Jobs and CronJobs, by kubectl', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  let client: KubernetesClient;
  let node: SimulatedNode;
  const run = async (args: string, ...command: string[]): Promise<string> =>
    (await kubectl([...args.split(' '), ...command], { kubeconfig: server.adminKubeconfig })).stdout;
  const apply = (input: string): Promise<unknown> =>
    kubectl(['apply', '-f', '-'], { kubeconfig: server.adminKubeconfig, input });

  beforeAll(async () => {
    server = await startApiServer();
    manager = await startControllerManager(server);
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    node = new SimulatedNode(client, 'n1');
    await node.start();
    await eventually(() => client.resource(refs.serviceAccounts).get('default', 'default'), { timeoutMs: 60_000 });
  }, 120_000);
  afterAll(async () => {
    await node?.stop();
    client?.close();
    await manager?.stop();
    await server?.stop();
  });

  it('runs a Job to completion', async () => {
    await run('create job hello --image=busybox', '--', 'sh', '-c', 'exit 0');
    await run('wait --for=condition=complete job/hello --timeout=30s');
    expect(await run('get jobs')).toMatch(
      /^NAME +STATUS +COMPLETIONS +DURATION +AGE\nhello +Complete +1\/1 +\d+s +\d+s\n$/,
    );
    expect(await run('get jobs -o name --field-selector status.successful=1')).toBe('job.batch/hello\n');
    await eventually(async () => {
      const description = await run('describe job hello');
      expect(description).toMatch(/Pods Statuses: +0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/);
      expect(description).toMatch(/Normal +SuccessfulCreate +\S+ +job-controller +Created pod: hello-\w{5}/);
      expect(description).toMatch(/Normal +Completed +\S+ +job-controller +Job completed/);
    });
    await run('delete job hello');
    await eventually(async () => expect(await run('get pods -o name')).toBe(''), { timeoutMs: 60_000 });
  });

  it('counts the indexes that succeeded', async () => {
    await apply(job('shards', 0, 'completionMode: Indexed\n  completions: 3\n  parallelism: 3'));
    await run('wait --for=condition=complete job/shards --timeout=30s');
    expect(await run('get job shards -o jsonpath={.status.completedIndexes}')).toBe('0-2');
    expect((await run('get pods -o name -l job-name=shards')).split('\n')).toHaveLength(4);
  });

  it('gives up, and says why', async () => {
    await apply(job('wrong', 3, 'backoffLimit: 0'));
    await run('wait --for=condition=failed job/wrong --timeout=30s');
    expect(await run('get jobs wrong')).toMatch(/wrong +Failed +0\/1/);
    await eventually(async () => {
      expect(await run('describe job wrong')).toMatch(
        /Warning +BackoffLimitExceeded +\S+ +job-controller +Job has reached the specified backoff limit/,
      );
    });
  });

  it('lets a finished Job go when its time is up', async () => {
    await apply(job('brief', 0, 'ttlSecondsAfterFinished: 0'));
    await run('wait --for=delete job/brief --timeout=30s');
    await eventually(async () => expect(await run('get pods -o name -l job-name=brief')).toBe(''));
  });

  it('makes a Job of a CronJob, by hand', async () => {
    await run('create cronjob tick --image=busybox', '--schedule=0 3 * * *', '--', 'sh', '-c', 'exit 0');
    expect(await run('get cj')).toMatch(
      /^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\ntick +0 3 \* \* \* +<none> +False +0 +<none> +\d+s\n$/,
    );
    await run('create job by-hand --from=cronjob/tick');
    await run('wait --for=condition=complete job/by-hand --timeout=30s');
    await eventually(async () => {
      expect(await run('get cronjob tick -o jsonpath={.status.lastSuccessfulTime}')).not.toBe('');
    });
    expect(await run('describe cronjob tick')).toMatch(/Schedule: +0 3 \* \* \*\n/);
    await run('delete cronjob tick');
    await eventually(async () => expect(await run('get jobs -o name')).not.toContain('by-hand'));
  });

  it('starts Jobs by the clock', async () => {
    await run('create cronjob often --image=busybox', '--schedule=@every 1s', '--', 'sh', '-c', 'exit 0');
    await eventually(
      async () => {
        const description = await run('describe cronjob often');
        expect(description).toMatch(/Normal +SuccessfulCreate +\S+.* +cronjob-controller +Created job often-\d+/);
        expect(description).toMatch(/Normal +SawCompletedJob +\S+.* +cronjob-controller +Saw completed job: often-\d+/);
      },
      { timeoutMs: 60_000 },
    );
    await run('delete cronjob often');
  });
});
