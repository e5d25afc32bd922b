import { CelError } from '../values/cel-error';
import { OpaqueValue } from '../values/opaque';
import { Address, formatAddress, mask, parseAddress, startsWith, widthOf } from './address';
import { declare, Library } from './library';

class IpValue extends OpaqueValue {
  readonly typeName = 'net.IP';
  constructor(readonly address: Address) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return (
      other instanceof IpValue &&
      other.address.family === this.address.family &&
      other.address.bits === this.address.bits
    );
  }
}

class CidrValue extends OpaqueValue {
  readonly typeName = 'net.CIDR';
  constructor(
    readonly address: Address,
    readonly length: number,
  ) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof CidrValue && other.text === this.text;
  }
  get text(): string {
    return `${formatAddress(this.address)}/${this.length}`;
  }
}

function parseIp(text: string): IpValue {
  const address = parseAddress(text);
  if (!address)
    throw new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return new IpValue(address);
}

function tryCidr(text: string): CidrValue | undefined {
  const found = /^([^/]+)\/(0|[1-9]\d*)$/.exec(text);
  const address = parseAddress(found?.[1] ?? '');
  const length = Number(found?.[2]);
  return address && length <= widthOf(address.family) ? new CidrValue(address, length) : undefined;
}

function parseCidr(text: string): CidrValue {
  const cidr = tryCidr(text);
  if (!cidr) {
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): invalid CIDR`,
    );
  }
  return cidr;
}

const within = (text: string, length: number): ((address: Address) => boolean) => {
  const prefix = parseAddress(text) as Address;
  return (address) => startsWith(address, prefix, length);
};
const anyOf =
  (...tests: ((address: Address) => boolean)[]) =>
  ({ address }: IpValue): boolean =>
    tests.some((test) => test(address));

const unspecified = anyOf(within('0.0.0.0', 32), within('::', 128));
const loopback = anyOf(within('127.0.0.0', 8), within('::1', 128));
const linkLocalMulticast = anyOf(within('224.0.0.0', 24), within('ff02::', 16));
const linkLocalUnicast = anyOf(within('169.254.0.0', 16), within('fe80::', 10));
const multicast = anyOf(within('224.0.0.0', 4), within('ff00::', 8));
const broadcast = anyOf(within('255.255.255.255', 32));

const globalUnicast = (ip: IpValue): boolean =>
  !broadcast(ip) && !unspecified(ip) && !loopback(ip) && !multicast(ip) && !linkLocalUnicast(ip);

const containsIp = (cidr: CidrValue, { address }: IpValue): boolean => startsWith(address, cidr.address, cidr.length);
const containsCidr = (cidr: CidrValue, other: CidrValue): boolean =>
  other.length >= cidr.length && startsWith(other.address, cidr.address, cidr.length);

/** Kubernetes' IP and CIDR libraries. */
export const ipLibrary: Library = {
  types: ['net.IP', 'net.CIDR'],
  functions: [
    declare('ip(string): net.IP', parseIp),
    declare('isIP(string): bool', (text: string) => parseAddress(text) !== undefined),
    declare('ip.isCanonical(string): bool', (text: string) => formatAddress(parseIp(text).address) === text),
    declare('string(net.IP): string', ({ address }: IpValue) => formatAddress(address)),
    declare('net.IP.family(): int', ({ address }: IpValue) => BigInt(address.family)),
    declare('net.IP.isUnspecified(): bool', unspecified),
    declare('net.IP.isLoopback(): bool', loopback),
    declare('net.IP.isLinkLocalMulticast(): bool', linkLocalMulticast),
    declare('net.IP.isLinkLocalUnicast(): bool', linkLocalUnicast),
    declare('net.IP.isGlobalUnicast(): bool', globalUnicast),
    declare('cidr(string): net.CIDR', parseCidr),
    declare('isCIDR(string): bool', (text: string) => tryCidr(text) !== undefined),
    declare('string(net.CIDR): string', ({ text }: CidrValue) => text),
    declare('net.CIDR.containsIP(net.IP): bool', containsIp, 'cidr_contains_ip_ip'),
    declare(
      'net.CIDR.containsIP(string): bool',
      (cidr: CidrValue, text: string) => containsIp(cidr, parseIp(text)),
      'cidr_contains_ip_string',
    ),
    declare('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr, 'cidr_contains_cidr'),
    declare(
      'net.CIDR.containsCIDR(string): bool',
      (cidr: CidrValue, text: string) => containsCidr(cidr, parseCidr(text)),
      'cidr_contains_cidr_string',
    ),
    declare('net.CIDR.ip(): net.IP', ({ address }: CidrValue) => new IpValue(address), 'cidr_ip'),
    declare('net.CIDR.prefixLength(): int', ({ length }: CidrValue) => BigInt(length)),
    declare(
      'net.CIDR.masked(): net.CIDR',
      ({ address, length }: CidrValue) => new CidrValue(mask(address, length), length),
    ),
  ],
};
