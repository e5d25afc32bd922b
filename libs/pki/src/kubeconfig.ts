import { writeWhole } from './pem-files';

export interface KubeconfigSettings {
  server: string;
  caPem: string;
  user: string;
  certificatePem?: string;
  keyPem?: string;
  /** Named instead of carried: whoever reads the kubeconfig follows them when they are renewed. */
  certificateFile?: string;
  keyFile?: string;
  token?: string;
  cluster?: string;
}

/** A kubeconfig with everything inside, so that the file can be moved, or with the names of the credentials' files. */
export function kubeconfigText(settings: KubeconfigSettings): string {
  const { server, caPem, user, certificatePem, keyPem, certificateFile, keyFile, token, cluster = 'nestor' } = settings;
  const context = `${user}@${cluster}`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const credentials = [
    ...(certificatePem ? [`    client-certificate-data: ${base64(certificatePem)}`] : []),
    ...(keyPem ? [`    client-key-data: ${base64(keyPem)}`] : []),
    ...(certificateFile ? [`    client-certificate: ${JSON.stringify(certificateFile)}`] : []),
    ...(keyFile ? [`    client-key: ${JSON.stringify(keyFile)}`] : []),
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
  writeWhole(path, kubeconfigText(settings));
}
