/** Addresses and ranges of both families as numbers (Go's net/netip, as far as Kubernetes uses it). */
import { isIPv4, isIPv6 } from 'node:net';

export type IpFamily = 'IPv4' | 'IPv6';

export interface IpValue {
  readonly family: IpFamily;
  readonly value: bigint;
}

export interface IpRange {
  readonly family: IpFamily;
  /** Length of the prefix. */
  readonly bits: number;
  /** The first address: the network's own. */
  readonly base: bigint;
  /** The last address: the broadcast address. */
  readonly last: bigint;
}

const widths = { IPv4: 32, IPv6: 128 } as const;

export const ipFamilyOf = (text: string): IpFamily => (text.includes(':') ? 'IPv6' : 'IPv4');

export function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text)) return { family: 'IPv4', value: fromIpv4(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 'IPv6', value: fromIpv6(text) };
  return undefined;
}

/** The canonical text: RFC 5952 for IPv6. */
export function formatIp({ family, value }: IpValue): string {
  if (family === 'IPv4') return toIpv4(value);
  if (value >> 32n === 0xffffn) return `::ffff:${toIpv4(value & 0xffffffffn)}`;
  return compressed(Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xffffn)));
}

/** The range that a CIDR names; bits behind the prefix are dropped. */
export function parseCidr(text: string): IpRange | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || rest.length > 0 || !/^(0|[1-9]\d*)$/.test(length) || Number(length) > widths[ip.family]) return undefined;
  const size = 1n << BigInt(widths[ip.family] - Number(length));
  const base = ip.value - (ip.value % size);
  return { family: ip.family, bits: Number(length), base, last: base + size - 1n };
}

export const formatCidr = ({ family, bits, base }: IpRange): string => `${formatIp({ family, value: base })}/${bits}`;

/** Whether a Service may have the address out of the range: not the network's own, nor the IPv4 broadcast address. */
export function isHostOf(range: IpRange, { family, value }: IpValue): boolean {
  const last = family === 'IPv4' ? range.last - 1n : range.last;
  return family === range.family && value > range.base && value <= last;
}

export const rangeContains = (outer: IpRange, inner: IpRange): boolean =>
  outer.family === inner.family && outer.base <= inner.base && inner.last <= outer.last;

export const rangesOverlap = (one: IpRange, other: IpRange): boolean =>
  one.family === other.family && one.base <= other.last && other.base <= one.last;

function fromIpv4(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function fromIpv6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const low = fromIpv4(dotted[2]!);
    return fromIpv6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function toIpv4(value: bigint): string {
  const address = Number(value);
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

/** The longest run of two zero groups or more becomes "::", the first of equals. */
function compressed(groups: readonly number[]): string {
  let [from, to] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > to - from && end - start > 1) [from, to] = [start, end];
    start = Math.max(start, end - 1);
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return to === 0 ? hex(groups) : `${hex(groups.slice(0, from))}::${hex(groups.slice(to))}`;
}
