import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterCertificates, ClusterPki, renewCertificate, type ClusterCertificate } from '@nestor/pki';
import { ClusterPaths } from '../cluster/cluster-paths';
import { refreshAdminKubeconfig } from '../cluster/renew-certificates';
import { CommandError, dataOption, type RegisterCommand } from './command';
import { shortDuration } from './short-duration';
import { table } from './table';

interface CertsOptions {
  data: string;
  certDir?: string;
}

const certDirOption = ['--cert-dir <dir>', 'folder of the certificates (default: that of the cluster)'] as const;

/** What kubeadm certs does. */
export const registerCerts: RegisterCommand = (program) => {
  const certs = program.command('certs').description('commands related to handling the cluster’s certificates');
  certs
    .command('check-expiration')
    .description('show when each certificate ends')
    .option(...dataOption)
    .option(...certDirOption)
    .action((options: CertsOptions) => {
      process.stdout.write(expirations(clusterCertificates(directoryOf(options)), Date.now()));
    });
  certs
    .command('renew <name>')
    .description('issue a certificate anew, or with "all" every one; a running cluster goes on with it by itself')
    .option(...dataOption)
    .option(...certDirOption)
    .option('--validity-period <seconds>', 'how long it is good for', (text) => positive(text))
    .action((name: string, options: CertsOptions & { validityPeriod?: number }) => renew(name, options));
};

async function renew(name: string, options: CertsOptions & { validityPeriod?: number }): Promise<void> {
  const directory = directoryOf(options);
  const all = clusterCertificates(directory).filter(({ isAuthority }) => !isAuthority);
  const chosen = name === 'all' ? all : all.filter((one) => one.name === name);
  if (chosen.length === 0) {
    throw new CommandError(`there is no certificate ${name}; there are: ${all.map((one) => one.name).join(', ')}`);
  }
  const pki = await ClusterPki.open(directory);
  for (const one of chosen) {
    if (one.externallyManaged) {
      process.stdout.write(`Detected external ${one.authority || 'authority'}, ${one.name} can't be renewed\n`);
      continue;
    }
    await renewCertificate(directory, one.name, options.validityPeriod);
    for (const kubeconfig of [new ClusterPaths(options.data).kubeconfig, join(directory, 'admin.kubeconfig')]) {
      if (!options.certDir || kubeconfig.startsWith(directory))
        await refreshAdminKubeconfig(pki, kubeconfig, [one.name]);
    }
    process.stdout.write(`certificate ${one.name} renewed\n`);
  }
}

function directoryOf({ data, certDir }: CertsOptions): string {
  const directory = certDir ? resolve(certDir) : new ClusterPaths(data).pki;
  if (existsSync(join(directory, 'ca.crt'))) return directory;
  throw new CommandError(`there are no certificates in ${directory}; start the cluster with: nestor up`);
}

function expirations(all: readonly ClusterCertificate[], now: number): string {
  const life = ({ name, notAfter }: ClusterCertificate) => [name, endOf(notAfter), shortDuration(notAfter - now)];
  const external = ({ externallyManaged }: ClusterCertificate) => (externallyManaged ? 'yes' : 'no');
  const leaves = all.filter(({ isAuthority }) => !isAuthority);
  const authorities = all.filter(({ isAuthority }) => isAuthority);
  return [
    table(
      [
        ['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'],
        ...leaves.map((one) => [...life(one), one.authority, external(one)]),
      ],
      3,
    ),
    table(
      [
        ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'],
        ...authorities.map((one) => [...life(one), external(one)]),
      ],
      3,
    ),
  ].join('\n');
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** As Go's "Jan 02, 2006 15:04 MST". */
function endOf(time: number): string {
  const at = new Date(time);
  const [clock] = /\d\d:\d\d/.exec(at.toISOString()) ?? [];
  return `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2, '0')}, ${at.getUTCFullYear()} ${clock} UTC`;
}

function positive(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new CommandError(`--validity-period must be a number of seconds above 0, not ${text}`, 2);
}
