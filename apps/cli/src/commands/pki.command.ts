import { chownSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureBusTrust, natsServerConfig, type BusTrust } from '@nestor/bus-auth';
import { clusterIdentities, createClusterPki, type Identity } from '@nestor/pki';
import { ensureAuthenticationFile } from '../cluster/authentication-file';
import { ensureEncryptionFile } from '../cluster/encryption-file';
import { CommandError, type RegisterCommand } from './command';

interface PkiOptions {
  out: string;
  mountedAt?: string;
  server: string;
  name: string[];
  kubeletName: string[];
  owner?: string;
}

/** For stacks of containers, where no supervisor makes these files. */
export const registerPki: RegisterCommand = (program) =>
  void program
    .command('pki')
    .description(
      'write the certificates, kubeconfigs and configurations of NATS and Postgres of a cluster into a folder',
    )
    .requiredOption('--out <dir>', 'the folder; what is there and not near its end is kept')
    .option('--mounted-at <dir>', 'where the NATS server sees the folder (default: the same)')
    .option('--server <url>', 'URL of the API server for the components', 'https://apiserver:6443')
    .option('--name <name>', 'another name or address of the API server; may be repeated', collect, [])
    .option('--kubelet-name <name>', 'a name or address of the kubelet; may be repeated', collect, [])
    .option('--owner <uid:gid>', 'give the files to this user')
    .action((options: PkiOptions) => writePki(options));

const components: readonly Identity[] = [
  clusterIdentities.scheduler,
  clusterIdentities.controllerManager,
  clusterIdentities.kubeProxy,
  clusterIdentities.simulatedNodes,
];

async function writePki(options: PkiOptions): Promise<void> {
  const out = resolve(options.out);
  const host = new URL(options.server).hostname;
  const pki = await createClusterPki({ directory: out, serverNames: [host, ...options.name] });
  await pki.server('kubelet', ['localhost', '127.0.0.1', ...options.kubeletName]);
  for (const identity of components) {
    await pki.writeFollowingKubeconfig(join(out, `${identity.file}.kubeconfig`), identity, options.server);
  }
  await pki.writeKubeconfig(join(out, 'admin.kubeconfig'), clusterIdentities.admin, options.server);
  const { trust } = ensureBusTrust(out);
  writeFileSync(join(out, 'nats.conf'), natsConfig(trust, resolve(options.mountedAt ?? out)), { mode: 0o644 });
  writeFileSync(join(out, 'pg_hba.conf'), postgresRules, { mode: 0o644 });
  ensureEncryptionFile(join(out, 'encryption.yaml'));
  ensureAuthenticationFile(join(out, 'authentication.yaml'));
  if (options.owner) giveTo(options.owner, out);
  process.stdout.write(`wrote ${out}\n`);
}

/** Who may connect to the Postgres of a stack: by TLS, with a password, and the API server to its own database alone. */
const postgresRules = `local all all scram-sha-256
hostnossl all all all reject
hostssl nestor nestor_apiserver all scram-sha-256
hostssl all nestor_apiserver all reject
hostssl all postgres all scram-sha-256
`;

function natsConfig(trust: BusTrust, mountedAt: string): string {
  return natsServerConfig({
    host: '0.0.0.0',
    port: 4222,
    tls: { certificateFile: join(mountedAt, 'nats.crt'), keyFile: join(mountedAt, 'nats.key') },
    trust,
    claimsDirectory: '/var/lib/nats/claims',
  });
}

function giveTo(owner: string, folder: string): void {
  const [uid, gid] = owner.split(':').map(Number);
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) throw new CommandError(`--owner must be UID:GID, not ${owner}`);
  chownSync(folder, uid!, gid!);
  for (const file of readdirSync(folder)) chownSync(join(folder, file), uid!, gid!);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
