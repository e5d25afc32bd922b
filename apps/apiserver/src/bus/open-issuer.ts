import { BusIssuer } from '@nestor/bus-auth';
import type { ApiServerConfig } from '../apiserver.config';

/** Who signs credentials for the bus; nobody where there is no bus, or one that asks for none. */
export function openIssuer({ natsUrl, natsInsecure, natsIssuerFile }: ApiServerConfig): BusIssuer | undefined {
  if (!natsUrl) return undefined;
  if (natsInsecure) {
    if (natsIssuerFile) throw new Error('--nats-insecure and --nats-issuer-file exclude each other');
    return undefined;
  }
  if (!natsIssuerFile) {
    throw new Error(
      '--nats-url needs --nats-issuer-file, the keys that sign credentials for that server (nestor pki writes them), or, for development, --nats-insecure',
    );
  }
  return BusIssuer.read(natsIssuerFile);
}
