import { eventually, KubectlError, kubectl, startApiServer, type TestApiServer } from '@nestor/testing';

const rule = (group: string, resource: string) => ({
  apiGroups: [group],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: [resource],
});
const policy = (name: string, spec: object, version = 'v1') => ({
  apiVersion: `admissionregistration.k8s.io/${version}`,
  kind: 'MutatingAdmissionPolicy',
  metadata: { name },
  spec: { matchConstraints: { resourceRules: [rule('', 'pods')] }, reinvocationPolicy: 'Never', ...spec },
});
const binding = (policyName: string, spec: object = {}, version = 'v1') => ({
  apiVersion: `admissionregistration.k8s.io/${version}`,
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name: `${policyName}-binding` },
  spec: { policyName, ...spec },
});
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'i' }] },
});
const applying = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const patching = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

describe('MutatingAdmissionPolicies', () => {
  let server: TestApiServer;
  const apply = (object: object, ...more: string[]): Promise<{ stdout: string; stderr: string }> =>
    kubectl(['apply', '-f', '-', ...more], { kubeconfig: server.adminKubeconfig, input: JSON.stringify(object) });
  const refusal = (object: object, ...more: string[]): Promise<string> =>
    apply(object, ...more).then(
      ({ stdout }) => stdout,
      (error: KubectlError) => error.stderr,
    );
  const tried = async (object: object): Promise<any> =>
    JSON.parse((await apply(object, '--dry-run=server', '-o', 'json')).stdout);
  const remove = (name: string) =>
    kubectl(
      [
        'delete',
        'mutatingadmissionpolicy,mutatingadmissionpolicybinding',
        name,
        `${name}-binding`,
        '--ignore-not-found',
      ],
      { kubeconfig: server.adminKubeconfig },
    );

  afterEach(async () => {
    for (const name of ['sidecar', 'labels', 'a-counts', 'b-counts', 'c-adds', 'wrong']) await remove(name);
  });
  beforeAll(async () => {
    server = await startApiServer();
    // Pods need one, and there is no controller here that makes it.
    await kubectl(['create', 'serviceaccount', 'default'], { kubeconfig: server.adminKubeconfig });
  }, 120_000);
  afterAll(() => server?.stop());

  it('are refused where they cannot be right', async () => {
    const text = await refusal(
      policy('broken', {
        matchConstraints: { resourceRules: [{ ...rule('', 'pods'), operations: ['DELETE'] }] },
        mutations: [applying('1'), patching('Object{}'), { patchType: 'JSONPatch' }],
      }),
    );
    expect(text).toContain('Unsupported value: "DELETE": supported values: "CREATE", "UPDATE"');
    expect(text).toContain('must evaluate to Object but got int');
    expect(text).toContain('must evaluate to list(JSONPatch) but got Object');
    expect(text).toContain(
      'spec.mutations[2].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    );
  });

  it('add a label and a sidecar', async () => {
    const sidecar = `Object{
      metadata: Object.metadata{labels: {"sidecar": "yes"}},
      spec: Object.spec{
        containers: [Object.spec.containers{name: "sidecar", image: params.data.image, imagePullPolicy: "Always"}]
      }
    }`;
    await apply(
      policy('sidecar', {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConditions: [
          { name: 'has-none', expression: '!object.spec.containers.exists(c, c.name == "sidecar")' },
          { name: 'wanted', expression: 'object.metadata.name.startsWith("with-")' },
        ],
        mutations: [applying(sidecar)],
      }),
    );
    await kubectl(['create', 'configmap', 'images', '--from-literal=image=proxy:1'], {
      kubeconfig: server.adminKubeconfig,
    });
    await apply(binding('sidecar', { paramRef: { name: 'images', parameterNotFoundAction: 'Deny' } }));
    await eventually(async () => {
      const { metadata, spec } = await tried(pod('with-one'));
      expect(metadata.labels).toEqual({ sidecar: 'yes' });
      expect(spec.containers.map(({ name, image }: any) => [name, image])).toEqual([
        ['main', 'i'],
        ['sidecar', 'proxy:1'],
      ]);
    });
    expect((await tried(pod('plain'))).spec.containers).toHaveLength(1);
    await apply(pod('with-it'));
    await apply(pod('with-it'));
    expect((await tried(pod('with-it'))).spec.containers).toHaveLength(2);
  });

  it('patch by operations, at every version, one after another', async () => {
    const label = `[
      JSONPatch{op: "test", path: "/metadata/name", value: "patched"},
      JSONPatch{op: "add", path: "/metadata/labels", value: {"first": "1"}},
      JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/a"), value: string(size(object.spec.containers))}
    ]`;
    const second = `has(object.metadata.labels) && "first" in object.metadata.labels
      ? [JSONPatch{op: "add", path: "/metadata/labels/second", value: object.metadata.labels["first"] + "2"}]
      : [JSONPatch{op: "test", path: "/metadata/name", value: object.metadata.name}]`;
    await apply(policy('labels', { mutations: [patching(label), patching(second)] }, 'v1beta1'));
    await apply(binding('labels', {}, 'v1alpha1'));
    await eventually(async () =>
      expect((await tried(pod('patched'))).metadata.labels).toEqual({ first: '1', 'example.com/a': '1', second: '12' }),
    );
    expect((await tried(pod('other'))).metadata.labels).toBeUndefined();
  });

  it('are applied again where a later one changed something', async () => {
    const count = (label: string) =>
      applying(`Object{metadata: Object.metadata{labels: {"${label}": string(size(object.spec.containers))}}}`);
    await apply(policy('a-counts', { reinvocationPolicy: 'IfNeeded', mutations: [count('again')] }));
    await apply(policy('b-counts', { mutations: [count('once')] }));
    const added = 'Object{spec: Object.spec{containers: [Object.spec.containers{name: "more", image: "i"}]}}';
    await apply(policy('c-adds', { mutations: [applying(added)] }));
    for (const name of ['a-counts', 'b-counts', 'c-adds']) await apply(binding(name));
    await eventually(async () =>
      expect((await tried(pod('counted'))).metadata.labels).toEqual({ again: '2', once: '1' }),
    );
  });

  it('fail closed, with the words of what went wrong', async () => {
    await apply(policy('wrong', { mutations: [applying('Object{spec: Object.metadata{}}')] }));
    await apply(binding('wrong'));
    await eventually(async () =>
      expect(await refusal(pod('x'), '--dry-run=server')).toContain(
        `policy 'wrong' with binding 'wrong-binding' denied request: type mismatch: unexpected type name "Object.metadata", expected "Object.spec"`,
      ),
    );
    const atomic = 'Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: "a"}]}}';
    await apply(policy('wrong', { mutations: [applying(atomic)] }));
    await eventually(async () =>
      expect(await refusal(pod('x'), '--dry-run=server')).toContain(
        'may not mutate atomic arrays, maps or structs: .spec.tolerations',
      ),
    );
    await apply(policy('wrong', { failurePolicy: 'Ignore', mutations: [applying(atomic)] }));
    await eventually(async () => expect((await tried(pod('x'))).metadata.name).toBe('x'));
  });
});
