import { writeFileSync } from 'node:fs';

export interface KubeconfigSettings {
  server: string;
  caPem: string;
  user: string;
  certificatePem?: string;
  keyPem?: string;
  token?: string;
  cluster?: string;
}

/** A kubeconfig with everything inside, so that the file can be moved. JSON is YAML. */
export function kubeconfigText(settings: KubeconfigSettings): string {
  const { server, caPem, user, certificatePem, keyPem, token, cluster = 'nestor' } = settings;
  const context = `${user}@${cluster}`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const credentials = [
    ...(certificatePem ? [`    client-certificate-data: ${base64(certificatePem)}`] : []),
    ...(keyPem ? [`    client-key-data: ${base64(keyPem)}`] : []),
    ...(token ? [`    token: ${token}`] : []),
  ];
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${cluster}`,
    '  cluster:',
    `    server: ${server}`,
    `    certificate-authority-data: ${base64(caPem)}`,
    'users:',
    `- name: ${user}`,
    '  user:',
    ...credentials,
    'contexts:',
    `- name: ${context}`,
    '  context:',
    `    cluster: ${cluster}`,
    `    user: ${user}`,
    `current-context: ${context}`,
    '',
  ].join('\n');
}

export function writeKubeconfig(path: string, settings: KubeconfigSettings): void {
  writeFileSync(path, kubeconfigText(settings), { mode: 0o600 });
}
