import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** How this machine is reached by its own pods and by others: its first address that is not loopback. */
export function machineAddress(): string {
  const all = Object.entries(networkInterfaces())
    // A bridge for containers is an address of the machine, but not the one it is known by.
    .filter(([name]) => !/^(cni|docker|br-|veth|nestor)/.test(name))
    .flatMap(([, addresses]) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** As the host of a URL. */
export function inUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
