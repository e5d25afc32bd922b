import {
  containersOf,
  containersText,
  containersWhere,
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

type Check = PodCheck['check'];
const baseline = (id: string, check: Check, since = 0): PodCheck => ({ id, level: 'baseline', since, check });

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const allowsAnnotation = (profile: string): boolean =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
const allowedProfiles = [undefined, '', 'RuntimeDefault', 'Localhost'];

function appArmor({ metadata, spec }: CheckedPod): Violation | undefined {
  const allows = (of: CheckedContainer['securityContext'] | CheckedPod['spec']['securityContext']): boolean =>
    allowedProfiles.includes(of?.appArmorProfile?.type);
  const isPod = !allows(spec.securityContext);
  const containers = containersWhere(spec, ({ securityContext }) => !allows(securityContext));
  const values = sortedSet(
    [spec.securityContext, ...containersOf(spec).map((one) => one.securityContext)]
      .filter((context) => !allows(context))
      .map((context) => context?.appArmorProfile?.type ?? ''),
  );
  const annotations = Object.entries(metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !allowsAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const count = values.length + annotations.length;
  if (count === 0) return undefined;
  const fields =
    values.length > 0
      ? [`${settersText(isPod, containers)} must not set AppArmor profile type to ${quoted(values)}`]
      : [];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', count),
    detail: [...fields, ...annotations].join(', '),
  };
}

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function capabilities({ spec }: CheckedPod): Violation | undefined {
  const beyond = ({ securityContext }: CheckedContainer): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
  const containers = containersWhere(spec, (container) => beyond(container).length > 0);
  if (containers.length === 0) return undefined;
  const added = sortedSet(containersOf(spec).flatMap(beyond));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(containers)} must not include ${quoted(added)} in securityContext.capabilities.add`,
  };
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
  return shared.length > 0
    ? { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') }
    : undefined;
}

function hostPath({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter((volume) => volume.hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` };
}

function hostPorts({ spec }: CheckedPod): Violation | undefined {
  const portsOf = ({ ports = [] }: CheckedContainer): string[] =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const containers = containersWhere(spec, (container) => portsOf(container).length > 0);
  if (containers.length === 0) return undefined;
  const ports = sortedSet(containersOf(spec).flatMap(portsOf));
  const verb = plural('uses', 'use', containers.length);
  const what = plural('hostPort', 'hostPorts', ports.length);
  return { reason: 'hostPort', detail: `${containersText(containers)} ${verb} ${what} ${ports.join(', ')}` };
}

function probeHosts({ spec }: CheckedPod): Violation | undefined {
  const hostsOf = (container: CheckedContainer): string[] => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
    return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => !!host),
    );
  };
  const containers = sortedSet(containersWhere(spec, (container) => hostsOf(container).length > 0));
  if (containers.length === 0) return undefined;
  const hosts = sortedSet(containersOf(spec).flatMap(hostsOf));
  const verb = plural('uses', 'use', containers.length);
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(containers)} ${verb} ${what} ${quoted(hosts)}`,
  };
}

function privileged({ spec }: CheckedPod): Violation | undefined {
  const containers = containersWhere(spec, ({ securityContext }) => securityContext?.privileged === true);
  return containers.length > 0
    ? { reason: 'privileged', detail: `${containersText(containers)} must not set securityContext.privileged=true` }
    : undefined;
}

/** Also asked, without the exception, at the restricted level. */
export function procMount({ spec }: CheckedPod): Violation | undefined {
  const typeOf = ({ securityContext }: CheckedContainer): string => securityContext?.procMount ?? 'Default';
  const containers = containersWhere(spec, (container) => typeOf(container) !== 'Default');
  if (containers.length === 0) return undefined;
  const types = sortedSet(
    containersOf(spec)
      .map(typeOf)
      .filter((type) => type !== 'Default'),
  );
  return {
    reason: 'procMount',
    detail: `${containersText(containers)} must not set securityContext.procMount to ${quoted(types)}`,
  };
}

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

function seLinux({ spec }: CheckedPod, minor: number): Violation | undefined {
  const allowed = minor >= 31 ? [...seLinuxTypes, 'container_engine_t'] : seLinuxTypes;
  type Options = NonNullable<CheckedContainer['securityContext']>['seLinuxOptions'];
  const isBad = (options: Options): boolean =>
    !!options && (!allowed.includes(options.type ?? '') || !!options.user || !!options.role);
  const isPod = isBad(spec.securityContext?.seLinuxOptions);
  const containers = containersWhere(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  if (!isPod && containers.length === 0) return undefined;
  const all = [spec.securityContext, ...containersOf(spec).map((one) => one.securityContext)].map(
    (context) => context?.seLinuxOptions,
  );
  const types = sortedSet(all.map((options) => options?.type ?? '').filter((type) => !allowed.includes(type)));
  const problems = [
    ...(types.length > 0 ? [`${plural('type', 'types', types.length)} ${quoted(types)}`] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ];
  const who = settersText(isPod, containers);
  return {
    reason: 'seLinuxOptions',
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${problems.join('; ')}`,
  };
}

/** Who sets a seccomp profile that no level allows; the restricted level asks the same first. */
export function badSeccomp({ spec }: CheckedPod): Violation | undefined {
  const typeOf = (of: { readonly seccompProfile?: { readonly type: string } } | undefined): string =>
    of?.seccompProfile?.type ?? 'RuntimeDefault';
  const isBad = (type: string): boolean => type !== 'RuntimeDefault' && type !== 'Localhost';
  const isPod = isBad(typeOf(spec.securityContext));
  const containers = containersWhere(spec, ({ securityContext }) => isBad(typeOf(securityContext)));
  if (!isPod && containers.length === 0) return undefined;
  const types = [spec.securityContext, ...containersOf(spec).map((one) => one.securityContext)].map(typeOf);
  const bad = sortedSet(types.filter(isBad));
  return {
    reason: 'seccompProfile',
    detail: `${settersText(isPod, containers)} must not set securityContext.seccompProfile.type to ${quoted(bad)}`,
  };
}

/** Each with the minor version that first allowed it. */
const safeSysctls: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

function sysctls({ spec }: CheckedPod, minor: number): Violation | undefined {
  const forbidden = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => (safeSysctls[name] ?? Infinity) > minor);
  return forbidden.length > 0 ? { reason: 'forbidden sysctls', detail: forbidden.join(', ') } : undefined;
}

function hostProcess({ spec }: CheckedPod): Violation | undefined {
  const isPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = containersWhere(spec, (one) => one.securityContext?.windowsOptions?.hostProcess === true);
  if (!isPod && containers.length === 0) return undefined;
  const who = settersText(isPod, containers);
  return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}

/** What no pod needs that is not part of the cluster itself. In the order upstream tells them. */
export const baselineChecks: readonly PodCheck[] = [
  baseline('appArmorProfile', appArmor),
  baseline('capabilities_baseline', capabilities),
  baseline('hostNamespaces', hostNamespaces),
  baseline('hostPathVolumes', hostPath),
  baseline('hostPorts', hostPorts),
  baseline('hostProbesAndHostLifecycle', probeHosts, 34),
  baseline('privileged', privileged),
  baseline('procMount', (pod, minor) => (isInUserNamespace(pod.spec, minor) ? undefined : procMount(pod))),
  baseline('seLinuxOptions', seLinux),
  baseline('seccompProfile_baseline', badSeccomp),
  baseline('sysctls', sysctls),
  baseline('windowsHostProcess', hostProcess),
];
