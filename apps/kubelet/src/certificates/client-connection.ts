import { readKubeconfig, type Connection } from '@nestor/connection';
import { bootstrapClient, clientStore } from '@nestor/node';
import { lifeOf } from '@nestor/pki';
import type { KubeletConfig } from '../kubelet.config';
import { certDirectory } from './certificates.config';

/** Who this kubelet is to the API server; a node that is no member yet becomes one first. */
export async function clientConnection(config: KubeletConfig): Promise<Connection | undefined> {
  const { kubeconfig, bootstrapKubeconfig, nodeName, rotateCertificates } = config;
  const certDir = certDirectory(config);
  if (bootstrapKubeconfig) {
    if (!kubeconfig) throw new Error('--bootstrap-kubeconfig needs --kubeconfig: that is where the result is written');
    await bootstrapClient({ kubeconfig, bootstrapKubeconfig, certDir, nodeName });
  }
  return rotateCertificates && kubeconfig ? rotatingConnection(kubeconfig, certDir) : undefined;
}

/** With the certificate of the kubelet's own store, which begins as the one in the kubeconfig. */
function rotatingConnection(kubeconfig: string, certDir: string): Connection {
  const connection = readKubeconfig(kubeconfig);
  const store = clientStore(certDir);
  const kept = store.current();
  const isGood = kept && lifeOf(kept.certificatePem).notAfter > Date.now();
  if (!isGood && connection.cert && connection.key) {
    store.update({ certificatePem: connection.cert, keyPem: connection.key });
  }
  const current = store.current();
  if (!current) throw new Error(`--rotate-certificates: ${kubeconfig} has no client certificate to begin with`);
  const { currentPath } = store;
  return {
    ...connection,
    cert: current.certificatePem,
    key: current.keyPem,
    files: { ca: connection.files?.ca, cert: currentPath, key: currentPath },
  };
}
