import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';

/** Input, and what kubectl prints for it. Messages are kube-apiserver's. */
const table: readonly (readonly [string, string, string])[] = [
  [
    'an unknown field',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: q}\nfoo: 1\n',
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
  ],
  [
    'a wrong type',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: q}\nspec: {replicas: "x"}\n',
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    'a missing required field',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec: {containers: [{name: c}]}\n',
    'The Pod "q" is invalid: spec.containers[0].image: Required value',
  ],
  [
    'an invalid name',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_Valid}\n',
    'The ConfigMap "Not_Valid" is invalid: metadata.name: Invalid value: "Not_Valid": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters',
  ],
  [
    'a namespace that is not there',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: q, namespace: nowhere}\n',
    'namespaces "nowhere" not found',
  ],
];

describe('bad input, as kubectl shows it', () => {
  let server: TestApiServer;
  const directory = temporaryDirectory('bad-input');

  beforeAll(async () => {
    server = await startApiServer();
    await run('create', 'serviceaccount', 'default');
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    directory.remove();
  });

  const run = async (...args: string[]): Promise<string> => {
    try {
      const { stdout, stderr } = await kubectl(args, { kubeconfig: server.adminKubeconfig });
      return stdout + stderr;
    } catch (error) {
      return String((error as { stderr?: string }).stderr ?? error);
    }
  };
  const file = (name: string, content: string): string => {
    const path = join(directory.path, name);
    writeFileSync(path, content);
    return path;
  };

  it.each(table)('%s', async (_what, manifest, message) => {
    expect(await run('create', '--validate=strict', '-f', file('bad.yaml', manifest))).toContain(message);
  });

  it('a stale resourceVersion', async () => {
    await run('create', '-f', file('a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'));
    const stale = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, resourceVersion: "1"}\ndata: {x: "1"}\n';
    expect(await run('replace', '-f', file('stale.yaml', stale))).toContain(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('a body over 3 MiB', async () => {
    const big = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { x: 'y'.repeat(3_300_000) } };
    expect(await run('create', '-f', file('big.json', JSON.stringify(big)))).toContain(
      'Error from server (RequestEntityTooLarge)',
    );
  });

  it('broken JSON', async () => {
    const path = file('broken.json', '{"apiVersion": "v1", "kind": }');
    expect(await run('create', '--raw', '/api/v1/namespaces/default/configmaps', '-f', path)).toContain(
      `Error from server (BadRequest): the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value ({"apiVersion": "v1", "kind": })`,
    );
  });

  it('an unknown field that is only warned about', async () => {
    const path = file('warned.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: warned}\nfoo: 1\n');
    expect(await run('create', '--validate=warn', '-f', path)).toContain('Warning: unknown field "foo"');
  });
});
