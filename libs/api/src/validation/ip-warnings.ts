import { formatCidr, formatIp, parseCidr, parseIp } from '../meta/ip-range';

const mapped = /^::ffff:\d+\.\d+\.\d+\.\d+/i;
const future = 'will be considered invalid in a future Kubernetes release';

/** GetWarningsForIP: what is valid for now, or not written as others would write it. */
export function ipWarnings(value: string, path: string): string[] {
  const ip = parseIp(value);
  if (!ip) return [];
  if (mapped.test(value)) {
    const plain = value.slice(value.lastIndexOf(':') + 1);
    return [`${path}: non-standard IP address "${value}" ${future}: use "${plain}"`];
  }
  const canonical = formatIp(ip);
  return canonical === value
    ? []
    : [`${path}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${canonical}")`];
}

/** GetWarningsForCIDR */
export function cidrWarnings(value: string, path: string): string[] {
  const range = parseCidr(value);
  const [address = ''] = value.split('/');
  const ip = parseIp(address);
  if (!range || !ip) return [];
  const canonical = formatCidr(range);
  if (ip.value !== range.base) {
    const single = `${formatIp(ip)}/${ip.family === 'IPv4' ? 32 : 128}`;
    return [`${path}: CIDR value "${value}" is ambiguous in this context (should be "${canonical}" or "${single}"?)`];
  }
  return canonical === value
    ? []
    : [`${path}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${canonical}")`];
}
