import { join } from 'node:path';
import { BusIssuer, ensureBusTrust, natsServerConfig, type BusTrust } from '@nestor/bus-auth';
import type { ClusterPki } from '@nestor/pki';
import { temporaryDirectory } from './temporary-directory';
import { startNats, type TestNats } from './test-nats';

/** A nats-server as a cluster has it: over TLS, for users of the cluster's account alone. */
export interface TestBus {
  nats: TestNats;
  trust: BusTrust;
  issuer: BusIssuer;
  caFile: string;
  /** For the API server. */
  serverFlags: string[];
  /** For its clients. */
  clientFlags: string[];
  stop(): Promise<void>;
}

export async function startTestBus(pki: ClusterPki): Promise<TestBus> {
  const directory = temporaryDirectory('bus');
  const { trust, issuerFile } = ensureBusTrust(directory.path);
  const tls = await pki.server('nats', ['127.0.0.1', 'localhost']);
  const claimsDirectory = join(directory.path, 'claims');
  const nats = await startNats({
    scheme: 'tls',
    config: (port) => natsServerConfig({ port, tls, trust, claimsDirectory }),
  });
  const clientFlags = [`--nats-url=${nats.url}`, `--nats-ca-file=${pki.caFile}`];
  return {
    nats,
    trust,
    issuer: BusIssuer.read(issuerFile),
    caFile: pki.caFile,
    clientFlags,
    serverFlags: [...clientFlags, `--nats-issuer-file=${issuerFile}`],
    stop: async () => {
      await nats.stop();
      directory.remove();
    },
  };
}
