import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, ObjectMeta, PodSpec, PodStatus } from '../../../meta/json-types';
import { isDns1123Label, isDns1123Subdomain } from '../../../meta/names';
import { invalidEach } from '../../../validation/checks';
import { isDeviceResource } from '../../../resource/device-resources';

type PodClaim = NonNullable<PodSpec['resourceClaims']>[number];
type ContainerClaim = NonNullable<NonNullable<Container['resources']>['claims']>[number];

function validateSource(claim: PodClaim, path: string): FieldError[] {
  const { resourceClaimName, resourceClaimTemplateName } = claim;
  const errors: FieldError[] = [];
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
    const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(field.invalid(path, claim, detail));
  }
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
    const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    errors.push(field.invalid(path, claim, detail));
  }
  for (const name of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
    const value = claim[name];
    if (value !== undefined) errors.push(...invalidEach(value, isDns1123Subdomain(value), `${path}.${name}`));
  }
  return errors;
}

/** The claims of a pod; with its metadata the names of what will be generated for it are checked as well. */
export function validatePodResourceClaims(spec: PodSpec, path: string, meta?: ObjectMeta): FieldError[] {
  const seen = new Set<string>();
  return (spec.resourceClaims ?? []).flatMap((claim, at) => {
    const { name } = claim;
    const namePath = `${path}.resourceClaims[${at}].name`;
    const errors: FieldError[] = [];
    if (!name) errors.push(field.required(namePath));
    else if (seen.has(name)) errors.push(field.duplicate(namePath, name));
    else {
      errors.push(...invalidEach(name, isDns1123Label(name), namePath));
      if (errors.length === 0 && meta?.name && claim.resourceClaimTemplateName !== undefined) {
        const generated = `${meta.name}-${name}`;
        const problems = isDns1123Subdomain(generated).map((detail) => `final ResourceClaim name: ${detail}`);
        errors.push(...invalidEach(generated, problems, namePath));
      }
      seen.add(name);
    }
    return [...errors, ...validateSource(claim, `${path}.resourceClaims[${at}]`)];
  });
}

function unknownClaim(name: string, known: readonly string[], path: string): FieldError {
  const which = known.length === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
  return { ...field.notFound(path, name), detail: `must be one of the names in pod.spec.resourceClaims${which}` };
}

/** What a container takes of the pod's claims: each claim once whole, or some of its requests. */
export function validateContainerClaims(
  claims: readonly ContainerClaim[] | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  const known = (spec.resourceClaims ?? []).map(({ name }) => name);
  const seen = new Set<string>();
  return (claims ?? []).flatMap(({ name, request }, at) => {
    const claimPath = `${path}[${at}]`;
    if (!name) return [field.required(claimPath)];
    const errors = request ? invalidEach(request, isDns1123Label(request), `${claimPath}.request`) : [];
    const key = request ? `${name}/${request}` : name;
    if (seen.has(key)) errors.push(field.duplicate(claimPath, key));
    else if (request && seen.has(name)) errors.push(field.duplicate(claimPath, name));
    seen.add(key);
    if (!known.includes(name)) errors.push(unknownClaim(name, known, claimPath));
    return errors;
  });
}

/** validatePodResourceClaimStatuses */
export function validateClaimStatuses(status: PodStatus | undefined, spec: PodSpec | undefined): FieldError[] {
  const known = new Set((spec?.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return (status?.resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, at) => {
    const path = `status.resourceClaimStatuses[${at}].name`;
    const errors = known.has(name)
      ? []
      : [field.invalid(path, name, 'must match the name of an entry in `spec.resourceClaims`')];
    if (seen.has(name)) errors.push(field.duplicate(path, name));
    seen.add(name);
    if (resourceClaimName !== undefined)
      errors.push(...invalidEach(resourceClaimName, isDns1123Subdomain(resourceClaimName), path));
    return errors;
  });
}

/** What the scheduler writes of the claim it made for extended resources that devices back. */
export function validateExtendedClaimStatus(status: PodStatus | undefined, spec: PodSpec | undefined): FieldError[] {
  const extended = status?.extendedResourceClaimStatus;
  if (!extended) return [];
  const path = 'status.extendedResourceClaimStatus';
  const containers = new Set([...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name }) => name));
  const { resourceClaimName, requestMappings = [] } = extended;
  const errors = invalidEach(resourceClaimName, isDns1123Subdomain(resourceClaimName), `${path}.resourceClaimName`);
  requestMappings.forEach(({ containerName, requestName, resourceName }, at) => {
    const mappingPath = `${path}.requestMappings[${at}]`;
    if (!containers.has(containerName))
      errors.push(
        field.invalid(
          `${mappingPath}.containerName`,
          containerName,
          'must match the name of an entry in `spec.initContainers` or `spec.containers`',
        ),
      );
    if (!isDeviceResource(resourceName))
      errors.push(field.invalid(`${mappingPath}.resourceName`, resourceName, 'must be a valid extended resource name'));
    errors.push(...invalidEach(requestName, isDns1123Label(requestName), `${mappingPath}.requestName`));
  });
  return errors;
}
