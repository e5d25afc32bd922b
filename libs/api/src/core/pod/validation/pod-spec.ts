import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { ObjectMeta, PodSpec } from '../../../meta/json-types';
import { isDns1123Label, isDns1123Subdomain } from '../../../meta/names';
import { invalidEach, validateOneOf } from '../../../validation/checks';
import { validateContainers } from './containers';
import { validatePodResourceClaims } from './resource-claims';
import { validateScheduling } from './scheduling';
import { validatePodSecurityContext } from './security-context';
import { validateVolumes } from './volumes';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const maxSeconds = 2147483647;

function validateSubdomain(value: string | undefined, path: string): FieldError[] {
  return value ? invalidEach(value, isDns1123Subdomain(value), path) : [];
}

function validateDns(spec: PodSpec, path: string): FieldError[] {
  const errors = validateOneOf(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`);
  if (spec.dnsPolicy === '') errors.push(field.required(`${path}.dnsPolicy`));
  if (spec.dnsPolicy === 'None' && !spec.dnsConfig?.nameservers?.length) {
    errors.push(
      field.required(
        `${path}.dnsConfig.nameservers`,
        `must provide at least one DNS nameserver when \`dnsPolicy\` is None`,
      ),
    );
  }
  return errors;
}

function validateDeadline(spec: PodSpec, path: string): FieldError[] {
  const { activeDeadlineSeconds: deadline } = spec;
  if (deadline === undefined || deadline === null || (deadline >= 1 && deadline <= maxSeconds)) return [];
  return [field.invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${maxSeconds}, inclusive`)];
}

/** ValidatePodSpec, in its order: volumes, containers, policies, names, scheduling. */
export function validatePodSpec(spec: PodSpec, path: string, meta?: ObjectMeta): FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  const errors = [...volumes, ...validatePodResourceClaims(spec, path, meta), ...validateContainers(spec, path)];
  if (!spec.restartPolicy) errors.push(field.required(`${path}.restartPolicy`));
  errors.push(
    ...validateOneOf(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`),
    ...validateDns(spec, path),
    ...validateScheduling(spec, path),
    ...validatePodSecurityContext(spec, path),
    ...validateSubdomain(spec.serviceAccountName, `${path}.serviceAccountName`),
    ...validateSubdomain(spec.nodeName, `${path}.nodeName`),
    ...validateDeadline(spec, path),
    ...(spec.hostname ? invalidEach(spec.hostname, isDns1123Label(spec.hostname), `${path}.hostname`) : []),
    ...(spec.subdomain ? invalidEach(spec.subdomain, isDns1123Label(spec.subdomain), `${path}.subdomain`) : []),
    ...validateSubdomain(spec.priorityClassName, `${path}.priorityClassName`),
    ...validateSubdomain(spec.runtimeClassName, `${path}.runtimeClassName`),
  );
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace !== null && grace < 0) {
    errors.push(field.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'));
  }
  (spec.imagePullSecrets ?? []).forEach((secret, index) => {
    if (!secret.name) errors.push(field.required(`${path}.imagePullSecrets[${index}].name`));
  });
  return errors;
}
