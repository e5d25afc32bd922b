import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findProgram } from './find-program';

interface Requirement {
  debianPackage: string;
  /** Any of these present means installed. */
  programs: readonly string[];
}

const dockerComposePlugins = ['libexec', 'lib'].flatMap((folder) =>
  ['/usr', '/usr/local'].map((prefix) => `${prefix}/${folder}/docker/cli-plugins/docker-compose`),
);

const requirements = {
  containerd: { debianPackage: 'containerd', programs: ['containerd'] },
  runc: { debianPackage: 'runc', programs: ['runc'] },
  cni: { debianPackage: 'containernetworking-plugins', programs: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'] },
  iptables: { debianPackage: 'iptables', programs: ['iptables'] },
  nats: { debianPackage: 'nats-server', programs: ['nats-server'] },
  busybox: { debianPackage: 'busybox-static', programs: ['busybox'] },
  iproute: { debianPackage: 'iproute2', programs: ['ip'] },
  conntrack: { debianPackage: 'conntrack', programs: ['conntrack'] },
  mount: { debianPackage: 'mount', programs: ['mount'] },
  nftables: { debianPackage: 'nftables', programs: ['nft'] },
  compose: { debianPackage: 'docker-compose', programs: ['docker-compose', ...dockerComposePlugins] },
} as const satisfies Record<string, Requirement>;

export type Tool = keyof typeof requirements;

/** What real containers need. */
export const containerTools: readonly Tool[] = ['containerd', 'runc', 'cni', 'iptables', 'iproute'];
export const testTools: readonly Tool[] = [
  ...containerTools,
  'nats',
  'busybox',
  'conntrack',
  'mount',
  'nftables',
  'compose',
];

export function missingPackages(tools: readonly Tool[]): string[] {
  return tools.map((tool) => requirements[tool]).flatMap((need) => (isPresent(need) ? [] : [need.debianPackage]));
}

function isPresent({ programs }: Requirement): boolean {
  return programs.some((program) => (program.startsWith('/') ? existsSync(program) : findProgram(program)));
}

/** Why packages cannot be installed here, or undefined. */
export function installObstacle(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'not root';
  if (!isDebian()) return 'neither Debian nor Ubuntu';
  return findProgram('apt-get') ? undefined : 'apt-get is missing';
}

function isDebian(): boolean {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
  } catch {
    return false;
  }
}

/** Installs with apt-get, asking nothing. Its output goes to `say` line by line only when it fails. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const first = await aptGet(install);
  if (first.code === 0) return;
  // A fresh machine has no package lists, or old ones.
  const update = await aptGet(['update']);
  const second = update.code === 0 ? await aptGet(install) : update;
  if (second.code !== 0) {
    throw new Error(`apt-get could not install ${packages.join(', ')}: ${second.output.trim().split('\n').at(-1)}`);
  }
}

function aptGet(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
