import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { PodGroup, Workload } from '../meta/json-types';
import { validateLabelKey } from '../meta/labels-validation';
import { isDns1123Label, isDns1123Subdomain } from '../meta/names';
import { invalidEach, validateOneOf, validatePositive } from '../validation/checks';

/** What pod groups and their templates in workloads have in common. */
export type GroupSpec = Pick<
  NonNullable<PodGroup['spec']>,
  'schedulingPolicy' | 'schedulingConstraints' | 'resourceClaims' | 'disruptionMode'
>;
export type GroupTemplate = NonNullable<NonNullable<Workload['spec']>['podGroupTemplates']>[number];

const maxResourceClaims = 4;

function validatePolicy(policy: GroupSpec['schedulingPolicy'] | undefined, path: string): FieldError[] {
  const given = (['basic', 'gang'] as const).filter((name) => policy?.[name]);
  if (given.length === 0) return [field.invalid(path, '', 'must specify one of: `basic`, `gang`')];
  if (given.length > 1) {
    const names = given.map((name) => `\`${name}\``).join(', ');
    return [
      field.invalid(path, `{${names}}`, 'exactly one of `basic`, `gang` is required, but multiple fields are set'),
    ];
  }
  if (!policy?.gang) return [];
  const { minCount = 0 } = policy.gang;
  const countPath = `${path}.gang.minCount`;
  return minCount === 0 ? [field.required(countPath)] : validatePositive(minCount, countPath);
}

function validateConstraints({ topology = [] }: NonNullable<GroupSpec['schedulingConstraints']>, path: string) {
  const errors = topology.length > 1 ? [field.tooMany(`${path}.topology`, topology.length, 1)] : [];
  topology.forEach(({ key }, at) => {
    const keyPath = `${path}.topology[${at}].key`;
    errors.push(...(key ? validateLabelKey(key, keyPath) : [field.required(keyPath)]));
  });
  return errors;
}

function validateClaims(claims: NonNullable<GroupSpec['resourceClaims']>, path: string): FieldError[] {
  const errors = claims.length > maxResourceClaims ? [field.tooMany(path, claims.length, maxResourceClaims)] : [];
  const seen = new Set<string>();
  claims.forEach(({ name, resourceClaimName, resourceClaimTemplateName }, at) => {
    const claimPath = `${path}[${at}]`;
    if (!name) errors.push(field.required(`${claimPath}.name`));
    else errors.push(...invalidEach(name, isDns1123Label(name), `${claimPath}.name`));
    if (seen.has(name)) errors.push(field.duplicate(claimPath, name));
    seen.add(name);
    const sources = [resourceClaimName, resourceClaimTemplateName].filter(Boolean);
    if (sources.length !== 1)
      errors.push(
        field.invalid(claimPath, '', 'must specify exactly one of: `resourceClaimName`, `resourceClaimTemplateName`'),
      );
    for (const source of sources) errors.push(...invalidEach(source, isDns1123Subdomain(source ?? ''), claimPath));
  });
  return errors;
}

export function validateGroupSpec(spec: GroupSpec, path: string): FieldError[] {
  return [
    ...validatePolicy(spec.schedulingPolicy, `${path}.schedulingPolicy`),
    ...(spec.schedulingConstraints
      ? validateConstraints(spec.schedulingConstraints, `${path}.schedulingConstraints`)
      : []),
    ...(spec.resourceClaims ? validateClaims(spec.resourceClaims, `${path}.resourceClaims`) : []),
    ...validateOneOf(spec.disruptionMode, ['Pod', 'PodGroup'], `${path}.disruptionMode`),
  ];
}
