import {
  field,
  invalid,
  ipFamilyOf,
  validateClusterIpFields,
  type DeepReadonly,
  type FieldError,
  type IpFamily,
  type Service,
} from '@nestor/api';

type Spec = NonNullable<Service['spec']>;
type Before = DeepReadonly<Spec> | undefined;

const policyPath = 'spec.ipFamilyPolicy';
const other = (family: string): IpFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');
const same = (one: readonly string[] | undefined, two: readonly string[] | undefined): boolean =>
  (one ?? []).join() === (two ?? []).join();

export const isHeadless = (spec: DeepReadonly<Spec> | undefined): boolean => spec?.clusterIPs?.[0] === 'None';
export const isHeadlessWithoutSelector = (spec: Spec): boolean =>
  spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;

/**
 * Fills in ipFamilies and ipFamilyPolicy by what the cluster has (Allocators.initIPFamilyFields). `configured` begins
 * with the default family.
 */
export function setIpFamilies(service: Service, before: Before, configured: readonly IpFamily[]): void {
  const spec = service.spec!;
  if (spec.type === 'ExternalName' || keepsDualStack(spec, before)) return;
  spec.ipFamilyPolicy ??=
    before?.ipFamilyPolicy ?? (isHeadlessWithoutSelector(spec) ? 'RequireDualStack' : 'SingleStack');
  refuse(service, validateClusterIpFields(service));
  refuse(service, [...reduce(spec, before), ...tooMany(spec), ...inferFromAddresses(spec, configured)]);
  if (isHeadlessWithoutSelector(spec)) {
    // Nobody allocates anything for it, so it may have families that the cluster has not.
    spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [configured[0]!];
    if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack')
      spec.ipFamilies = [...spec.ipFamilies, other(spec.ipFamilies[0]!)];
    return;
  }
  refuse(service, notConfigured(spec, configured));
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1 && configured.length === 2)
    spec.ipFamilies = [...spec.ipFamilies, other(spec.ipFamilies[0]!)];
}

/** A PreferDualStack Service gets and loses no family because the cluster did: only when somebody asks for it. */
export function keepsDualStack(spec: DeepReadonly<Spec>, before: Before): boolean {
  const prefers = (policy: string | undefined): boolean => policy === undefined || policy === 'PreferDualStack';
  return (
    before !== undefined &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    before.type === spec.type &&
    prefers(before.ipFamilyPolicy) &&
    same(before.clusterIPs, spec.clusterIPs) &&
    same(before.ipFamilies, spec.ipFamilies)
  );
}

/** SingleStack alone says that the second family should go; any other policy with less is a mistake. */
function reduce(spec: Spec, before: Before): FieldError[] {
  if (!before) return [];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (same(before.clusterIPs, spec.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (same(before.ipFamilies, spec.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return [];
  }
  const isReduced = (now: readonly string[] = [], then: readonly string[] = []): boolean =>
    now.length > 0 && now.length < then.length;
  const refusal = (what: string): FieldError =>
    field.invalid(policyPath, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(isReduced(spec.clusterIPs, before.clusterIPs) ? [refusal('cluster IP')] : []),
    ...(isReduced(spec.ipFamilies, before.ipFamilies) ? [refusal('IP family')] : []),
  ];
}

function tooMany(spec: Spec): FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const refusal = (what: string): FieldError =>
    field.invalid(
      policyPath,
      spec.ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  return [
    ...(spec.clusterIPs?.length === 2 ? [refusal('cluster IPs')] : []),
    ...(spec.ipFamilies?.length === 2 ? [refusal('IP families')] : []),
  ];
}

function inferFromAddresses(spec: Spec, configured: readonly IpFamily[]): FieldError[] {
  if (isHeadless(spec)) return [];
  return (spec.clusterIPs ?? []).flatMap((ip, index) => {
    if (index < (spec.ipFamilies?.length ?? 0)) return [];
    const family = ipFamilyOf(ip);
    if (!configured.includes(family)) {
      const why = `${family} is not configured on this cluster`;
      return [field.invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, why)];
    }
    spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    return [];
  });
}

function notConfigured(spec: Spec, configured: readonly string[]): FieldError[] {
  const single = 'this cluster is not configured for dual-stack services';
  return [
    ...(spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2
      ? [field.invalid(policyPath, spec.ipFamilyPolicy, single)]
      : []),
    ...(spec.ipFamilies ?? []).flatMap((family, index) =>
      configured.includes(family)
        ? []
        : [field.invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')],
    ),
  ];
}

function refuse(service: Service, errors: FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
}
