import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const own = new BlockList();
own.addSubnet('127.0.0.0', 8, 'ipv4');
own.addSubnet('0.0.0.0', 8, 'ipv4');
own.addSubnet('169.254.0.0', 16, 'ipv4');
own.addSubnet('224.0.0.0', 24, 'ipv4');
own.addAddress('::', 'ipv6');
own.addAddress('::1', 'ipv6');
own.addSubnet('fe80::', 10, 'ipv6');
own.addSubnet('ff01::', 16, 'ipv6');
own.addSubnet('ff02::', 16, 'ipv6');

/**
 * Loopback, link-local and unspecified addresses: what listens there (this machine's own services, a cloud's metadata)
 * trusts whoever can reach it, and whoever may name a webhook or a pod's address is not meant to.
 */
export function isOwnAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && own.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Names, too, may lead home. Looking at what they resolve to, as it is dialled, leaves no gap; `refusal` is the error. */
export function guardedLookup(refusal: (address: string) => Error): LookupFunction {
  return ((hostname: string, options: LookupOptions, callback: (...args: unknown[]) => void): void => {
    lookup(hostname, options, (error, address, family) => {
      const found: readonly (string | LookupAddress)[] = Array.isArray(address) ? address : [address];
      const home = error
        ? undefined
        : found.map((one) => (typeof one === 'string' ? one : one.address)).find(isOwnAddress);
      if (home === undefined) callback(error, address, family);
      else callback(refusal(home));
    });
  }) as LookupFunction;
}
