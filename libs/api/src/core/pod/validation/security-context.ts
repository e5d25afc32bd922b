import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, PodSpec } from '../../../meta/json-types';
import { isUserId } from '../../../meta/names';
import { invalidEach } from '../../../validation/checks';

const id = (value: number | undefined | null, path: string): FieldError[] =>
  value === undefined || value === null ? [] : invalidEach(value, isUserId(value), path);

const seccompTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: { type: string; localhostProfile?: string } | undefined, path: string): FieldError[] {
  if (!profile) return [];
  if (!seccompTypes.includes(profile.type)) return [field.notSupported(`${path}.type`, profile.type, seccompTypes)];
  if (profile.type === 'Localhost') {
    return profile.localhostProfile
      ? []
      : [field.required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost')];
  }
  return profile.localhostProfile
    ? [
        field.invalid(
          `${path}.localhostProfile`,
          profile.localhostProfile,
          'can only be set when seccomp type is Localhost',
        ),
      ]
    : [];
}

export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext;
  const errors: FieldError[] = [];
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(
      field.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    );
  }
  if (!context) return errors;
  const at = `${path}.securityContext`;
  return [
    ...errors,
    ...id(context.fsGroup, `${at}.fsGroup`),
    ...id(context.runAsUser, `${at}.runAsUser`),
    ...id(context.runAsGroup, `${at}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, index) => id(group, `${at}.supplementalGroups[${index}]`)),
    ...validateSeccomp(context.seccompProfile, `${at}.seccompProfile`),
  ];
}

/** Privilege cannot be had and refused at once. */
export function validateSecurityContext(container: Container, path: string): FieldError[] {
  const context = container.securityContext;
  if (!context) return [];
  const at = `${path}.securityContext`;
  const errors = [
    ...id(context.runAsUser, `${at}.runAsUser`),
    ...id(context.runAsGroup, `${at}.runAsGroup`),
    ...validateSeccomp(context.seccompProfile, `${at}.seccompProfile`),
  ];
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) {
      errors.push(
        field.invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
      );
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      errors.push(
        field.invalid(
          at,
          context,
          'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
        ),
      );
    }
  }
  return errors;
}
