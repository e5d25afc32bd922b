import { formatCidr, parseCidr, type IpFamily, type IpRange } from '@nestor/api';

const shortestIpv6Prefix = 64;

/** What --service-cluster-ip-range names: one range, or one of each family, the default family's first. */
export interface ServiceClusterIpRange {
  cidrs: string[];
  families: IpFamily[];
}

export function parseServiceClusterIpRange(text: string): ServiceClusterIpRange {
  const ranges = text.split(',').map((part) => parseRange(part.trim()));
  const families = ranges.map(({ family }) => family);
  if (ranges.length > 2 || new Set(families).size < ranges.length) {
    throw refused(text, 'may name two ranges at most, one of each IP family');
  }
  return { cidrs: ranges.map(formatCidr), families };
}

function parseRange(text: string): IpRange {
  const range = parseCidr(text);
  if (!range) throw refused(text, 'is not a CIDR such as 10.96.0.0/16 or fd00:1::/112');
  if (range.family === 'IPv6' && range.bits < shortestIpv6Prefix) {
    throw refused(text, `is too large: the shortest allowed prefix length is ${shortestIpv6Prefix}`);
  }
  return range;
}

const refused = (text: string, why: string): Error => new Error(`--service-cluster-ip-range: ${text} ${why}`);
