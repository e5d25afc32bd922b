import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { describeWhen, kubectlPath, repositoryRoot, temporaryDirectory } from '@nestor/testing';

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string }[];
}
interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: { template?: { spec: { containers: Container[]; initContainers?: Container[] } } };
}
interface Compose {
  services: Record<string, { image: string; command?: string[]; build?: { args: { APP: string } } }>;
}

const root = repositoryRoot();
const apps = ['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'kube-proxy'];
const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;

/** Flags an app does not know make it end with code 2, naming them. A path need not exist for that. */
function problemsOfFlags(app: string, flags: readonly string[]): string[] {
  const text = execFileSync(process.execPath, [join(root, 'apps', app, 'dist', 'main.js'), '--help'], {
    encoding: 'utf8',
  });
  return flags.filter((flag) => !text.includes(`  --${flag.replace(/^--/, '').split('=')[0]}`));
}

/** The plugin of docker, or Debian's program of its own. */
const compose = [['docker', 'compose'], ['docker-compose']].find(
  ([program, ...args]) => spawnSync(program!, [...args, 'version']).status === 0,
);

describe('docker-compose.yml', () => {
  it.each(apps)('runs %s from its own image, with flags it knows', (app) => {
    const service = services[app]!;
    expect(service.image).toBe(`nestor/${app}`);
    expect(service.build!.args.APP).toBe(app);
    expect(problemsOfFlags(app, service.command!)).toEqual([]);
  });

  it('runs Postgres, NATS and a container that makes the certificates', () => {
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['postgres', 'nats', 'pki']));
  });
});

describeWhen(compose !== undefined, 'docker compose is not installed')('docker compose', () => {
  it('accepts the file', () => {
    const [program, ...args] = compose!;
    execFileSync(program!, [...args, '-f', join(root, 'docker-compose.yml'), 'config', '--quiet'], { stdio: 'pipe' });
  });
});

describe('k8s-manifests', () => {
  const directory = temporaryDirectory('manifests');
  let manifests: Manifest[];
  beforeAll(() => {
    const folder = join(directory.path, 'k8s-manifests');
    cpSync(join(root, 'k8s-manifests'), folder, { recursive: true });
    // As the file's own first lines say.
    const nestor = [join(root, 'apps', 'cli', 'dist', 'main.js'), 'pki', '--out', join(folder, 'pki')];
    execFileSync(process.execPath, [...nestor, '--mounted-at', '/pki', '--server', 'https://apiserver:6443']);
    for (const who of ['postgres', 'postgres-admin']) {
      writeFileSync(join(folder, 'pki', `${who}-password`), 'secret');
    }
    const text = execFileSync(kubectlPath(), ['kustomize', folder], { encoding: 'utf8' });
    manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  });
  afterAll(() => directory.remove());

  it.each(apps)('run %s with flags it knows and files it is given', (app) => {
    const deployment = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === app)!;
    const [container] = deployment.spec!.template!.spec.containers;
    expect(container!.image).toBe(`nestor/${app}`);
    expect(problemsOfFlags(app, container!.args!)).toEqual([]);
    const secret = manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name.startsWith('nestor-pki'))!;
    const files = container!.args!.flatMap((flag) => /=\/pki\/(.*)$/.exec(flag)?.[1] ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !(file in secret.data!))).toEqual([]);
  });

  it('give the API server a role of few rights over verified TLS, and only its database’s preparation the administrator', () => {
    const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind);
    const pod = ofKind('Deployment').find(({ metadata }) => metadata.name === 'apiserver')!.spec!.template!.spec;
    const urls = (container: Container) => container.env!.filter(({ name }) => name.endsWith('_URL'));
    const secure = /@postgres:5432\/nestor\?sslmode=verify-full&sslrootcert=\/pki\/postgres-ca\.crt$/;
    const [server] = pod.containers;
    const [preparation] = pod.initContainers!;
    for (const { value } of [...urls(server!), ...urls(preparation!)]) expect(value).toMatch(secure);
    expect(urls(server!).map(({ value }) => value)).toEqual([expect.stringMatching(/^postgres:\/\/nestor_apiserver:/)]);
    expect(JSON.stringify(server)).not.toContain('postgres-admin');
    const access = ofKind('Secret').find(({ metadata }) => metadata.name.startsWith('postgres-access'))!;
    expect(Object.keys(access.data!).sort()).toEqual(['pg_hba.conf', 'postgres.crt', 'postgres.key']);
    const rules = Buffer.from(access.data!['pg_hba.conf']!, 'base64').toString().trim().split('\n');
    expect(rules).toContain('hostnossl all all all reject');
    expect(rules.filter((rule) => /^host(ssl)? .*trust|^host /.test(rule))).toEqual([]);
  });

  it('puts everything into one namespace', () => {
    const elsewhere = manifests.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'nestor');
    expect(elsewhere).toEqual([]);
  });
});
