import type { DeepReadonly, Pod } from '@nestor/api';

export interface HostPort {
  protocol: string;
  ip: string;
  port: number;
}

const anyAddress = '0.0.0.0';

/** The host ports a pod occupies, sidecars included. */
export function hostPortsOf(pod: DeepReadonly<Pod>): HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({
        protocol: port.protocol || 'TCP',
        ip: port.hostIP || anyAddress,
        port: port.hostPort as number,
      })),
  );
}

/** The ports in use on one node. A port on 0.0.0.0 meets the same port on every address. */
export class HostPortsInUse {
  /** "TCP/80" -> address -> how many pods hold it (a node may be oversubscribed by static pods). */
  private readonly addresses = new Map<string, Map<string, number>>();

  add(ports: readonly HostPort[]): void {
    for (const { protocol, ip, port } of ports) {
      const key = `${protocol}/${port}`;
      const holders = this.addresses.get(key) ?? new Map<string, number>();
      holders.set(ip, (holders.get(ip) ?? 0) + 1);
      this.addresses.set(key, holders);
    }
  }

  remove(ports: readonly HostPort[]): void {
    for (const { protocol, ip, port } of ports) {
      const key = `${protocol}/${port}`;
      const holders = this.addresses.get(key);
      const left = (holders?.get(ip) ?? 0) - 1;
      if (left > 0) holders?.set(ip, left);
      else holders?.delete(ip);
      if (holders?.size === 0) this.addresses.delete(key);
    }
  }

  conflicts(ports: readonly HostPort[]): boolean {
    return ports.some(({ protocol, ip, port }) => {
      const holders = this.addresses.get(`${protocol}/${port}`);
      return holders !== undefined && (ip === anyAddress || holders.has(ip) || holders.has(anyAddress));
    });
  }
}
