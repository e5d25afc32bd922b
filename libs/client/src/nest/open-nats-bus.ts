import { NatsBus, type Bus } from '@nestor/watch';

/** What an app's configuration says of the API server and the bus; ApiClientConfig of @nestor/config fits. */
export interface ClientConfig {
  kubeconfig: string;
  natsUrl?: string;
  natsCaFile?: string;
  natsCertFile?: string;
  natsKeyFile?: string;
}

/** The bus that the configuration names. It connects in the background: until it is up, informers follow over HTTP. */
export function openNatsBus(config: ClientConfig, component: string): Promise<Bus | undefined> {
  const { natsUrl, natsCaFile, natsCertFile, natsKeyFile } = config;
  if (!natsUrl) return Promise.resolve(undefined);
  const name = `nestor-${component}`;
  return Promise.resolve(
    new NatsBus({ url: natsUrl, name, caFile: natsCaFile, certFile: natsCertFile, keyFile: natsKeyFile }),
  );
}
