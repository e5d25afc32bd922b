import { isIPv4, isIPv6 } from 'node:net';

/** An IP address: its family and its bits. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** Undefined for what Kubernetes takes for no address: zones and IPv4-mapped IPv6 are none, nor are leading noughts. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: ipv4Bits(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const bits = ipv6Bits(text);
  return bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

const ipv4Bits = (text: string): bigint => text.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);

function ipv6Bits(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted ? ipv4Bits(dotted[2] ?? '') : 0n;
  const hex = dotted ? `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}` : text;
  const [left = '', right] = hex.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const head = groups(left);
  const rest = right === undefined ? [] : groups(right);
  const zeros = Array<string>(8 - head.length - rest.length).fill('0');
  return [...head, ...zeros, ...rest].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** The canonical text: RFC 5952 for IPv6. */
export function formatAddress({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(16 * (7 - index))) & 0xffffn).toString(16));
  const run = longestZeros(groups);
  if (!run) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > (best?.length ?? 1)) best = { start, length };
  }
  return best;
}

export function mask({ family, bits }: Address, length: number): Address {
  const host = BigInt(widthOf(family) - length);
  return { family, bits: (bits >> host) << host };
}

/** Whether the address starts with the first `length` bits of the prefix. */
export const startsWith = (address: Address, prefix: Address, length: number): boolean =>
  address.family === prefix.family && mask(address, length).bits === mask(prefix, length).bits;
