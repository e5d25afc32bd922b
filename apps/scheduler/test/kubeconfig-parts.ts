export interface KubeconfigParts {
  server: string;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** Of a kubeconfig as libs/pki writes it, with everything inside. */
export function parseKubeconfig(text: string): KubeconfigParts {
  const value = (name: string): string => new RegExp(`^\\s*${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const data = (name: string): Buffer => Buffer.from(value(`${name}-data`), 'base64');
  return {
    server: value('server'),
    ca: data('certificate-authority'),
    cert: data('client-certificate'),
    key: data('client-key'),
  };
}
