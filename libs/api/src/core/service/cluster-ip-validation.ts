import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import { ipFamilyOf } from '../../meta/ip-range';
import type { Service } from '../../meta/json-types';
import { isIp } from '../../meta/names';
import { invalidEach, validateOneOf } from '../../validation/checks';
import { isHeadlessSpec, type ReadonlySpec } from './service-kinds';

const ips = 'spec.clusterIPs';
const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** ValidateServiceClusterIPsRelatedFields: clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy, whatever the cluster has. */
export function validateClusterIpFields({ spec = {} }: Service): FieldError[] {
  const errors = [
    ...validateMirror(spec),
    ...(spec.ipFamilies ?? []).flatMap((family, index, all) => {
      const at = `spec.ipFamilies[${index}]`;
      const problems = validateOneOf(family, families, at);
      return all.indexOf(family) < index ? [...problems, field.duplicate(at, family)] : problems;
    }),
    ...validateOneOf(spec.ipFamilyPolicy, familyPolicies, 'spec.ipFamilyPolicy'),
  ];
  const invalid = validateAddresses(spec);
  errors.push(...invalid);
  const { clusterIPs = [] } = spec;
  if (clusterIPs.length > 2) errors.push(field.invalid(ips, clusterIPs, 'may only hold up to 2 values'));
  if (invalid.length > 0) return errors;
  if (clusterIPs.length > 1 && (clusterIPs.length > 2 || ipFamilyOf(clusterIPs[0]!) === ipFamilyOf(clusterIPs[1]!)))
    errors.push(field.invalid(ips, clusterIPs, 'may specify no more than one IP for each IP family'));
  return errors.length > 0 || isHeadlessSpec(spec) ? errors : validateFamilies(spec);
}

function validateMirror({ clusterIP, clusterIPs = [] }: ReadonlySpec): FieldError[] {
  if (!clusterIP) {
    const why = 'must be empty when `clusterIP` is not specified';
    return clusterIPs.length ? [field.invalid(ips, clusterIPs, why)] : [];
  }
  if (clusterIPs.length === 0) return [field.required(ips)];
  return clusterIPs[0] === clusterIP ? [] : [field.invalid(ips, clusterIPs, 'first value must match `clusterIP`')];
}

function validateAddresses({ clusterIPs = [] }: ReadonlySpec): FieldError[] {
  return clusterIPs.flatMap((ip, index) => {
    if (ip !== 'None' || index > 0) return invalidEach(ip, isIp(ip), `${ips}[${index}]`);
    return clusterIPs.length > 1 ? [field.invalid(ips, clusterIPs, "'None' must be the first and only value")] : [];
  });
}

function validateFamilies({ clusterIPs = [], ipFamilies = [] }: ReadonlySpec): FieldError[] {
  return clusterIPs.flatMap((ip, index) => {
    const family = ipFamilies[index];
    return family === undefined || family === ipFamilyOf(ip)
      ? []
      : [field.invalid(`${ips}[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``)];
  });
}

interface Versions {
  now: readonly string[];
  before: readonly string[];
  policy: string | undefined;
}

/** A second address or family may come and go, the first stays, unless the type gives it up (validateUpgradeDowngrade...). */
export function validateClusterIpUpdate(spec: ReadonlySpec, before: ReadonlySpec): FieldError[] {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return [];
  const policy = spec.ipFamilyPolicy;
  const staysHeadless = isHeadlessSpec(spec) && isHeadlessSpec(before);
  const isSelectorless = Object.keys(spec.selector ?? {}).length === 0;
  return [
    ...(staysHeadless
      ? []
      : validateChange({ now: spec.clusterIPs ?? [], before: before.clusterIPs ?? [], policy }, addressWords)),
    ...(staysHeadless && isSelectorless
      ? []
      : validateChange({ now: spec.ipFamilies ?? [], before: before.ipFamilies ?? [], policy }, familyWords)),
  ];
}

const addressWords = { path: ips, what: 'clusterIP' };
const familyWords = { path: 'spec.ipFamilies', what: 'ipFamily' };

function validateChange({ now, before, policy }: Versions, { path, what }: typeof addressWords): FieldError[] {
  const changed = (index: number): FieldError => field.invalid(`${path}[${index}]`, now, 'may not change once set');
  if (now.length === before.length) return before.flatMap((one, index) => (one === now[index] ? [] : [changed(index)]));
  if (now.length === 0) return [field.invalid(`${path}[0]`, now, `primary ${what} can not be unset`)];
  const errors = before.length > 0 && now[0] !== before[0] ? [changed(0)] : [];
  if (now.length === 1 && before.length > 1 && policy !== 'SingleStack') {
    const why = `must be set to 'SingleStack' when releasing the secondary ${what}`;
    errors.push(field.invalid('spec.ipFamilyPolicy', policy, why));
  }
  return errors;
}
