import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection, parseKubeconfig } from './kubeconfig';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function config(user: string, cluster = ''): string {
  return `
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: there, context: {cluster: far, user: other}}
- {name: here, context: {cluster: near, user: me, namespace: team}}
clusters:
- {name: far, cluster: {server: "https://far"}}
- name: near
  cluster:
    server: https://127.0.0.1:6443/
    ${cluster}
users:
- {name: other, user: {token: not-mine}}
- name: me
  user: ${user}
`;
}

describe('kubeconfig', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('reads the current context with inline certificates', () => {
    const user = `{client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}`;
    const connection = parseKubeconfig(config(user, `certificate-authority-data: ${base64('CA')}`), { directory });
    expect(connection).toMatchObject({
      server: 'https://127.0.0.1:6443',
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      namespace: 'team',
    });
    expect(connection.token).toBeUndefined();
  });

  it('reads files relative to the kubeconfig', () => {
    writeFileSync(join(directory, 'ca.pem'), 'CA FILE');
    writeFileSync(join(directory, 'token'), 'secret\n');
    const text = config('{tokenFile: token}', 'certificate-authority: ca.pem');
    const connection = parseKubeconfig(text, { directory });
    expect(connection.ca).toBe('CA FILE');
    expect(connection.token?.()).toBe('secret');
  });

  it('names what is missing', () => {
    expect(() => parseKubeconfig(config('{token: x}'), { directory, source: 'f', contextName: 'nope' })).toThrow(
      'f: contexts has no entry named "nope"',
    );
    expect(() => parseKubeconfig(config('{exec: {command: aws}}'), { directory })).toThrow(/not supported/);
    expect(() => loadConnection('/does/not/exist')).toThrow(/\/does\/not\/exist cannot be read/);
  });
});
