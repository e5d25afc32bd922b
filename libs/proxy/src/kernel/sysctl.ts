import { readFile, writeFile } from 'node:fs/promises';

const fileOf = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** The value of a kernel setting; undefined where the kernel has none of that name. */
export async function readSysctl(name: string): Promise<string | undefined> {
  try {
    return (await readFile(fileOf(name), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Sets it unless it is so already. Throws where it cannot be set. */
export async function ensureSysctl(name: string, value: string): Promise<void> {
  if ((await readSysctl(name)) === value) return;
  await writeFile(fileOf(name), value);
}

export interface KernelReadiness {
  /** Bridged pod-to-pod traffic passes iptables, so that replies are translated back. */
  bridgeTrafficFiltered: boolean;
  /** What could not be set, for the log. */
  problems: string[];
}

/** Settings that service IPs need: forwarding, node ports on 127.0.0.1, and iptables for bridged traffic. */
export async function prepareKernel(options: { localhostNodePorts: boolean }): Promise<KernelReadiness> {
  const wanted = new Map([['net.ipv4.ip_forward', '1']]);
  if (options.localhostNodePorts) wanted.set('net.ipv4.conf.all.route_localnet', '1');
  const bridge = 'net.bridge.bridge-nf-call-iptables';
  if ((await readSysctl(bridge)) !== undefined) wanted.set(bridge, '1');
  const problems: string[] = [];
  for (const [name, value] of wanted) {
    try {
      await ensureSysctl(name, value);
    } catch (error) {
      problems.push(`${name}=${value}: ${(error as Error).message}`);
    }
  }
  return { bridgeTrafficFiltered: (await readSysctl(bridge)) === '1', problems };
}
