import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, PodSpec } from '../../../meta/json-types';
import { isDns1123Label } from '../../../meta/names';
import { invalidEach, validateOneOf } from '../../../validation/checks';
import { isRestartableInitContainer } from '../pod-resources';
import { validateEnv } from './env';
import { validateHostPorts, validatePorts } from './ports';
import { validateLifecycle, validateProbes } from './probes';
import { validateContainerClaims } from './resource-claims';
import { validateResources } from './resources';
import { validateSecurityContext } from './security-context';
import { validateVolumeDevices, validateVolumeMounts } from './volume-mounts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const terminationMessagePolicies = ['FallbackToLogsOnError', 'File'];

type Kind = 'containers' | 'initContainers';

function validateName(container: Container, seen: Set<string>, path: string): FieldError[] {
  if (!container.name) return [field.required(`${path}.name`)];
  const errors = invalidEach(container.name, isDns1123Label(container.name), `${path}.name`);
  if (seen.has(container.name)) errors.push(field.duplicate(`${path}.name`, container.name));
  seen.add(container.name);
  return errors;
}

function validateImage(image: string | undefined, path: string): FieldError[] {
  if (!image) return [field.required(path)];
  return image.trim() === image ? [] : [field.invalid(path, image, 'must not have leading or trailing whitespace')];
}

function validateContainer(container: Container, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [...validateImage(container.image, `${path}.image`)];
  if (!container.terminationMessagePolicy) errors.push(field.required(`${path}.terminationMessagePolicy`));
  return [
    ...errors,
    ...validateOneOf(
      container.terminationMessagePolicy,
      terminationMessagePolicies,
      `${path}.terminationMessagePolicy`,
    ),
    ...validatePorts(container.ports ?? [], spec.hostNetwork === true, `${path}.ports`),
    ...validateEnv(container, path),
    ...validateVolumeMounts(container, spec.volumes ?? [], path),
    ...validateVolumeDevices(container, path),
    ...(container.imagePullPolicy ? [] : [field.required(`${path}.imagePullPolicy`)]),
    ...validateOneOf(container.imagePullPolicy, pullPolicies, `${path}.imagePullPolicy`),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateContainerClaims(container.resources?.claims, spec, `${path}.resources.claims`),
    ...validateSecurityContext(container, path),
  ];
}

/** Plain init containers run to their end before anything else: nothing can be asked of them while they run. */
function validateInitOnly(container: Container, path: string): FieldError[] {
  const policy = container.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    return [field.notSupported(`${path}.restartPolicy`, policy, ['Always'])];
  }
  if (isRestartableInitContainer(container))
    return [...validateLifecycle(container, path), ...validateProbes(container, path)];
  const refused = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  return refused
    .filter((name) => container[name])
    .map((name) =>
      field.forbidden(`${path}.${name}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}

function validateList(
  list: readonly Container[],
  kind: Kind,
  spec: PodSpec,
  seen: Set<string>,
  path: string,
): FieldError[] {
  return list.flatMap((container, index) => {
    const at = `${path}.${kind}[${index}]`;
    return [
      ...validateName(container, seen, at),
      ...validateContainer(container, spec, at),
      ...(kind === 'initContainers'
        ? validateInitOnly(container, at)
        : [
            ...(container.restartPolicy
              ? [field.forbidden(`${at}.restartPolicy`, 'may not be set for non-init containers')]
              : []),
            ...validateLifecycle(container, at),
            ...validateProbes(container, at),
          ]),
    ];
  });
}

export function validateContainers(spec: PodSpec, path: string): FieldError[] {
  const containers = spec.containers ?? [];
  const inits = spec.initContainers ?? [];
  const seen = new Set<string>();
  if (containers.length === 0) return [field.required(`${path}.containers`)];
  return [
    ...validateList(containers, 'containers', spec, seen, path),
    ...validateHostPorts(containers, `${path}.containers`),
    ...validateList(inits, 'initContainers', spec, seen, path),
  ];
}
