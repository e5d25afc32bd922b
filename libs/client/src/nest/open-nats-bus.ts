import { NatsBus, type Bus } from '@nestor/watch';
import { RequestedCredentials } from '../bus/requested-credentials';
import type { KubernetesClient } from '../kubernetes-client';

/** What an app's configuration says of the API server and the bus; ApiClientConfig of @nestor/config fits. */
export interface ClientConfig {
  kubeconfig: string;
  natsUrl?: string;
  natsInsecure?: boolean;
  natsCaFile?: string;
  natsCertFile?: string;
  natsKeyFile?: string;
}

/**
 * The bus that the configuration names, with credentials of the API server. It connects in the background: until it is
 * up, informers follow over HTTP.
 */
export function openNatsBus(config: ClientConfig, client: KubernetesClient): Bus | undefined {
  const { natsUrl: url, natsInsecure, natsCaFile: caFile, natsCertFile: certFile, natsKeyFile: keyFile } = config;
  if (!url) return undefined;
  return new NatsBus({
    url,
    name: `nestor-${client.options.component}`,
    caFile,
    certFile,
    keyFile,
    ...(natsInsecure ? {} : { credentials: new RequestedCredentials(client.transport) }),
  });
}
