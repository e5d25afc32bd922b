import { KubectlError, TestCluster, eventually, startCluster } from '@nestor/testing';
import { idleDeployment, webConfig } from './manifests';

/** What real kubectl makes of the API: its commands work, and its users see Kubernetes' own words for bad input. */
describe('kubectl on simulated nodes', () => {
  let cluster: TestCluster;
  const out = async (args: string[], input?: string) => (await cluster.kubectl(args, { input })).stdout;
  const refusal = async (args: string[], input?: string): Promise<string> => {
    try {
      const { stdout } = await cluster.kubectl(args, { input });
      throw new Error(`kubectl ${args.join(' ')} was expected to fail and printed: ${stdout}`);
    } catch (error) {
      if (error instanceof KubectlError) return error.stderr;
      throw error;
    }
  };
  const deployment = (change: (object: Record<string, any>) => void = () => undefined): string => {
    const object = structuredClone(idleDeployment('tool', 1)) as Record<string, any>;
    change(object);
    return JSON.stringify(object);
  };

  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 3 });
  }, 240_000);
  afterAll(() => cluster?.stop());

  it('explains fields', async () => {
    const text = await out(['explain', 'deployment.spec.strategy']);
    expect(text).toMatch(/FIELD: strategy <DeploymentStrategy>/);
    expect(text).toContain('rollingUpdate');
    expect(await out(['explain', 'pods.spec.containers.image'])).toMatch(/Container image name/);
  });

  it('lists resources', async () => {
    const text = await out(['api-resources']);
    expect(text).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(text).toMatch(/^nodes +no +v1 +false +Node$/m);
    expect(await out(['api-versions'])).toContain('discovery.k8s.io/v1');
    expect(await out(['version'])).toMatch(/Server Version: v1\.36/);
  });

  it('applies on the server, diffs and waits', async () => {
    expect(await out(['apply', '--server-side', '-f', '-'], deployment())).toBe(
      'deployment.apps/tool serverside-applied\n',
    );
    expect(await out(['apply', '--server-side', '-f', '-'], deployment())).toBe(
      'deployment.apps/tool serverside-applied\n',
    );
    expect(await out(['wait', 'deployment/tool', '--for=condition=Available', '--timeout=60s'])).toBe(
      'deployment.apps/tool condition met\n',
    );
    // A status that is written between its two looks is a difference, too.
    await eventually(async () =>
      expect(await cluster.kubectl(['diff', '--server-side', '-f', '-'], { input: deployment() })).toMatchObject({
        stdout: '',
      }),
    );
    const changed = deployment((object) => (object['spec'].replicas = 2));
    await expect(cluster.kubectl(['diff', '--server-side', '-f', '-'], { input: changed })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('+  replicas: 2'),
    });
  });

  it('tells who owns a field that two appliers want', async () => {
    const stderr = await refusal(
      ['apply', '--server-side', '--field-manager=other', '-f', '-'],
      deployment((object) => (object['spec'].replicas = 4)),
    );
    expect(stderr).toContain('Apply failed with 1 conflict: conflict with "kubectl"');
    expect(stderr).toContain('.spec.replicas');
  });

  it('reads raw paths', async () => {
    expect(JSON.parse(await out(['get', '--raw', '/api/v1/namespaces/default']))).toMatchObject({
      kind: 'Namespace',
      status: { phase: 'Active' },
    });
    expect(await out(['get', '--raw', '/readyz?verbose'])).toContain('readyz check passed');
  });

  it('applies on the client, twice, and prunes what was left out', async () => {
    const config = (data: object) => JSON.stringify({ ...webConfig, data });
    expect(await out(['apply', '-f', '-'], config({ a: '1', b: '2' }))).toBe('configmap/web created\n');
    expect(await out(['apply', '-f', '-'], config({ a: '1', b: '2' }))).toBe('configmap/web unchanged\n');
    expect(await out(['apply', '-f', '-'], config({ a: '1' }))).toBe('configmap/web configured\n');
    expect(JSON.parse(await out(['get', 'configmap', 'web', '-o', 'json'])).data).toEqual({ a: '1' });
  });

  describe('bad input', () => {
    it('names an unknown field', async () => {
      expect(
        await refusal(
          ['apply', '-f', '-'],
          deployment((object) => (object['spec'].replica = 3)),
        ),
      ).toContain('strict decoding error: unknown field "spec.replica"');
    });
    it('names a wrong type', async () => {
      const text = await refusal(
        ['create', '-f', '-'],
        deployment((object) => (object['spec'].replicas = 'three')),
      );
      expect(text).toContain(
        'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment',
      );
      expect(text).toContain(
        'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      );
    });
    it('names a missing required field', async () => {
      const text = await refusal(
        ['create', '-f', '-'],
        deployment((object) => {
          object['metadata'].name = 'incomplete';
          delete object['spec'].template.spec.containers;
        }),
      );
      expect(text).toBe('The Deployment "incomplete" is invalid: spec.template.spec.containers: Required value\n');
    });
    it('refuses an invalid name', async () => {
      const text = await refusal(['create', 'configmap', 'Not_A_Name']);
      expect(text).toContain(
        `metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
      );
    });
    it('refuses a stale resourceVersion', async () => {
      const text = await refusal(
        ['replace', '-f', '-'],
        JSON.stringify({ ...webConfig, metadata: { name: 'web', namespace: 'default', resourceVersion: '1' } }),
      );
      expect(text).toContain(
        'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "web": the object has been modified; please apply your changes to the latest version and try again',
      );
    });
    it('refuses a body over 3 MiB', async () => {
      const text = await refusal(
        ['create', '-f', '-'],
        JSON.stringify({ ...webConfig, metadata: { name: 'big' }, data: { blob: 'x'.repeat(3_300_000) } }),
      );
      expect(text).toMatch(/Request entity too large: limit is 3145728|RequestEntityTooLarge/);
    });
    it('refuses broken JSON', async () => {
      const text = await refusal(
        ['create', '--raw', '/api/v1/namespaces/default/configmaps', '-f', '-'],
        '{"kind":"ConfigMap",',
      );
      expect(text).toContain('Error from server (BadRequest)');
    });
    it('refuses what is not there', async () => {
      expect(await refusal(['get', 'pod', 'nobody'])).toBe('Error from server (NotFound): pods "nobody" not found\n');
      expect(await refusal(['get', 'pods', '-n', 'default', '--field-selector', 'spec.color=red'])).toContain(
        'field label not supported: spec.color',
      );
    });
  });

  it('keeps custom resources and removes them with their definition', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 } } },
                },
              },
            },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          },
        ],
      },
    };
    await out(['apply', '-f', '-'], JSON.stringify(definition));
    await out(['wait', 'crd/widgets.example.com', '--for=condition=Established', '--timeout=30s']);
    const widget = (size: unknown) =>
      JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' }, spec: { size } });
    await eventually(() => out(['apply', '-f', '-'], widget(3)));
    expect(await out(['get', 'wd'])).toMatch(/^NAME +SIZE\none +3\n$/);
    expect(await refusal(['apply', '-f', '-'], widget(0))).toContain(
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    );
    await out(['delete', 'crd', 'widgets.example.com', '--timeout=60s']);
    // kubectl still has the resource in its discovery cache, so the words are those for a path that is gone.
    expect(await refusal(['get', 'widgets'])).toBe(
      'Error from server (NotFound): Unable to list "example.com/v1, Resource=widgets": the server could not find the requested resource (get widgets.example.com)\n',
    );
  }, 120_000);

  it('removes a namespace with all that is in it', async () => {
    await out(['create', 'namespace', 'gone']);
    await out(['apply', '-n', 'gone', '-f', '-'], JSON.stringify(idleDeployment('idle', 2)));
    await out(['rollout', 'status', '-n', 'gone', 'deployment/idle', '--timeout=60s']);
    await out(['delete', 'namespace', 'gone', '--timeout=60s']);
    expect(await refusal(['get', 'namespace', 'gone'])).toContain('namespaces "gone" not found');
  }, 150_000);
});
