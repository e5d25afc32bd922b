import { badSeccomp, procMount } from './baseline-checks';
import {
  containersOf,
  containersText,
  containersWhere,
  isForWindows,
  isInUserNamespace,
  plural,
  quoted,
  settersText,
  sortedSet,
  type CheckedContainer,
  type CheckedPod,
  type PodCheck,
  type Violation,
} from './check';

const restricted = (id: string, since: number, check: PodCheck['check'], replaces?: string): PodCheck => ({
  id,
  level: 'restricted',
  since,
  check,
  ...(replaces ? { replaces } : {}),
});

function privilegeEscalation({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isForWindows(spec, minor)) return undefined;
  const containers = containersWhere(spec, (one) => one.securityContext?.allowPrivilegeEscalation !== false);
  if (containers.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(containers)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isForWindows(spec, minor)) return undefined;
  const beyond = ({ securityContext }: CheckedContainer): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = containersWhere(spec, (one) => !one.securityContext?.capabilities?.drop?.includes('ALL'));
  const adding = containersWhere(spec, (container) => beyond(container).length > 0);
  const added = sortedSet(containersOf(spec).flatMap(beyond));
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${containersText(adding)} must not include ${quoted(added)} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
}

const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function volumes({ spec }: CheckedPod): Violation | undefined {
  const typeOf = ({ name: _name, ...source }: NonNullable<typeof spec.volumes>[number]): string =>
    Object.entries(source).find(([, value]) => value !== undefined && value !== null)?.[0] ?? 'unknown';
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  const types = sortedSet(bad.map(typeOf));
  const who = `${plural('volume', 'volumes', names.length)} ${quoted(names)} ${plural('uses', 'use', names.length)}`;
  return {
    reason: 'restricted volume types',
    detail: `${who} restricted volume ${plural('type', 'types', types.length)} ${quoted(types)}`,
  };
}

function runAsNonRoot({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isInUserNamespace(spec, minor)) return undefined;
  const reason = 'runAsNonRoot != true';
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = containersWhere(spec, (one) => one.securityContext?.runAsNonRoot === false);
  if (ofPod === false || explicit.length > 0) {
    const who = settersText(ofPod === false, explicit);
    return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  }
  const silent = ofPod ? [] : containersWhere(spec, (one) => one.securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isInUserNamespace(spec, minor)) return undefined;
  const isPod = spec.securityContext?.runAsUser === 0;
  const containers = containersWhere(spec, (one) => one.securityContext?.runAsUser === 0);
  if (!isPod && containers.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${settersText(isPod, containers)} must not set runAsUser=0` };
}

function seccomp(pod: CheckedPod, minor: number): Violation | undefined {
  const { spec } = pod;
  if (isForWindows(spec, minor)) return undefined;
  const bad = badSeccomp(pod);
  if (bad) return bad;
  if (spec.securityContext?.seccompProfile) return undefined;
  const silent = containersWhere(spec, (one) => !one.securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  const wanted = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: 'seccompProfile', detail: `pod or ${containersText(silent)} ${wanted}` };
}

/** What well-made workloads do without. In the order upstream tells them. */
export const restrictedChecks: readonly PodCheck[] = [
  restricted('allowPrivilegeEscalation', 8, privilegeEscalation),
  restricted('capabilities_restricted', 22, capabilities, 'capabilities_baseline'),
  restricted('procMount_restricted', 35, procMount, 'procMount'),
  restricted('restrictedVolumes', 0, volumes, 'hostPathVolumes'),
  restricted('runAsNonRoot', 0, runAsNonRoot),
  restricted('runAsUser', 23, runAsUser),
  restricted('seccompProfile_restricted', 19, seccomp, 'seccompProfile_baseline'),
];
