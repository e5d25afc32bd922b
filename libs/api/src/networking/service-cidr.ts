import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ServiceCidr } from '../meta/json-types';
import { ipFamilyOf, parseCidr, parseIp, type IpRange } from '../meta/ip-range';
import { immutableMessage } from '../meta/object-meta-validation';
import { isCidr } from '../meta/names';
import type { StrategyContext } from '../resource-definition';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach } from '../validation/checks';

const path = 'spec.cidrs';
const rangesDescription =
  'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.';

export const rangesOf = ({ spec }: { spec?: { cidrs?: readonly string[] } }): IpRange[] =>
  (spec?.cidrs ?? []).flatMap((cidr) => parseCidr(cidr) ?? []);

function validateCidr(cidr: string, at: string): FieldError[] {
  const problems = isCidr(cidr);
  if (problems.length > 0) return invalidEach(cidr, problems, at);
  const address = cidr.split('/')[0] ?? '';
  if (/^::ffff:\d+\./i.test(address)) return [field.invalid(at, cidr, 'must not have an IPv4-mapped IPv6 address')];
  return parseIp(address)?.value === parseCidr(cidr)?.base
    ? []
    : [field.invalid(at, cidr, 'must not have bits set beyond the prefix length')];
}

function validate({ spec }: ServiceCidr): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [field.required(path, 'at least one CIDR required')];
  if (cidrs.length > 2) return [field.invalid(path, spec, 'may only hold up to 2 values')];
  const isMixed = cidrs.length === 1 || ipFamilyOf(cidrs[0]!) !== ipFamilyOf(cidrs[1]!);
  if (!isMixed || (cidrs.length === 2 && cidrs.some((cidr) => isCidr(cidr).length > 0)))
    return [
      field.invalid(
        path,
        spec,
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ),
    ];
  return cidrs.flatMap((cidr, index) => validateCidr(cidr, `${path}[${index}]`));
}

/** Immutable, but that a second family may join the first. */
function validateUpdate(cidr: ServiceCidr, old: ServiceCidr, { subresource }: StrategyContext): FieldError[] {
  if (subresource === 'status') return [];
  const [now, before] = [cidr.spec?.cidrs ?? [], old.spec?.cidrs ?? []];
  const isGrown = before.length === 1 && now.length === 2;
  if (!isGrown && now.length !== before.length) return [field.invalid(path, now, immutableMessage)];
  const changed = before.flatMap((one, index) =>
    one === now[index] ? [] : [field.invalid(`${path}[${index}]`, now[index], immutableMessage)],
  );
  return isGrown && changed.length === 0 ? validate(cidr) : changed;
}

export const serviceCidrDefinition = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  definition: 'io.k8s.api.networking.v1.ServiceCIDR',
  hasStatus: true,
  strategy: {
    prepareForCreate: (cidr: ServiceCidr) => void delete cidr.status,
    validate,
    validateUpdate,
  },
  columns: [nameColumn, column('CIDRs', 'string', rangesDescription), ageColumn],
  cells: (cidr: ServiceCidr, now: Date) => [cidr.metadata.name, (cidr.spec?.cidrs ?? []).join(','), age(cidr, now)],
});
