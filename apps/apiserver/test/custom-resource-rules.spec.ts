import { KubectlError, kubectl, startApiServer, type TestApiServer } from '@nestor/testing';

const definition = (spec: object, root: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crontabs.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', kind: 'CronTab' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            ...root,
            properties: {
              spec: { type: 'object', ...spec },
              status: {
                type: 'object',
                properties: { ready: { type: 'integer' } },
                'x-kubernetes-validations': [{ rule: 'self.ready >= 0', message: 'ready may not be negative' }],
              },
            },
          },
        },
      },
    ],
  },
});

const fields = {
  properties: {
    minReplicas: { type: 'integer' },
    replicas: { type: 'integer' },
    schedule: { type: 'string', maxLength: 20 },
  },
};

describe('rules of custom resources', () => {
  let server: TestApiServer;
  const apply = async (object: object, ...more: string[]): Promise<{ stdout: string; stderr: string }> =>
    kubectl(['apply', '-f', '-', ...more], { kubeconfig: server.adminKubeconfig, input: JSON.stringify(object) });
  const refusal = (object: object, ...more: string[]): Promise<string> =>
    apply(object, ...more).then(
      ({ stdout }) => stdout,
      (error: KubectlError) => error.stderr,
    );
  const cronTab = (spec: object, more: object = {}) => ({
    apiVersion: 'example.com/v1',
    kind: 'CronTab',
    metadata: { name: 'my-cron', namespace: 'default' },
    spec,
    ...more,
  });

  beforeAll(async () => {
    server = await startApiServer();
  }, 120_000);
  afterAll(() => server?.stop());

  it('are compiled when the definition is written', async () => {
    const wrong = definition({ ...fields, 'x-kubernetes-validations': [{ rule: 'self.nothing > 0' }] });
    expect(await refusal(wrong)).toContain("undefined field 'nothing'");
    const dear = definition({ properties: { tags: { type: 'array', items: { type: 'string' } } } });
    Object.assign((dear.spec.versions[0] as any).schema.openAPIV3Schema.properties.spec.properties.tags, {
      'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, a == b))' }],
    });
    expect(await refusal(dear)).toContain('estimated rule cost exceeds budget by factor of more than 100x');
  });

  it('refuse what breaks them, and transitions they do not allow', async () => {
    const rules = [
      { rule: 'self.minReplicas <= self.replicas', messageExpression: '"%d is too few".format([self.replicas])' },
      { rule: 'self.schedule == oldSelf.schedule', message: 'schedule is immutable', fieldPath: '.schedule' },
    ];
    await apply(definition({ ...fields, 'x-kubernetes-validations': rules }));
    await kubectl(['wait', '--for=condition=Established', 'crd/crontabs.example.com'], {
      kubeconfig: server.adminKubeconfig,
    });
    const good = { minReplicas: 1, replicas: 2, schedule: '* * * * *' };
    expect(await refusal(cronTab({ ...good, replicas: 0 }))).toContain(
      'The CronTab "my-cron" is invalid: spec: Invalid value: "object": 0 is too few',
    );
    expect((await apply(cronTab(good))).stdout).toContain('crontab.example.com/my-cron created');
    expect(await refusal(cronTab({ ...good, schedule: 'never' }))).toContain(
      'spec.schedule: Invalid value: "object": schedule is immutable',
    );
    expect((await apply(cronTab({ ...good, replicas: 5 }))).stdout).toContain('configured');
  });

  it('hold for the status', async () => {
    const status = (ready: number) =>
      kubectl(
        [
          'patch',
          'crontab',
          'my-cron',
          '--subresource=status',
          '--type=merge',
          '-p',
          JSON.stringify({ status: { ready } }),
        ],
        { kubeconfig: server.adminKubeconfig },
      );
    await expect(status(-1)).rejects.toThrow(/ready may not be negative/);
    expect((await status(1)).stdout).toContain('patched');
  });

  it('are not asked about a broken object, and forgive what was there before them', async () => {
    const rule = { rule: 'self.replicas < 3', message: 'at most two' };
    await apply(definition({ ...fields, 'x-kubernetes-validations': [rule] }));
    const broken = cronTab({ replicas: 1, schedule: 'x'.repeat(30) });
    expect(await refusal({ ...broken, metadata: { ...broken.metadata, name: 'other' } }, '--validate=false')).toContain(
      'some validation rules were not checked because the object was invalid',
    );
    const touched = cronTab(
      { minReplicas: 1, replicas: 5, schedule: '* * * * *' },
      { metadata: { name: 'my-cron', namespace: 'default', labels: { touched: 'yes' } } },
    );
    const { stdout, stderr } = await apply(touched);
    expect(stdout).toContain('configured');
    expect(stderr).toContain('Warning: spec: Invalid value: "object": at most two');
  });
});
