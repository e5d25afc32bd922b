import { formatIp, parseIp, type DeepReadonly, type Service } from '@nestor/api';

type Spec = DeepReadonly<NonNullable<Service['spec']>>;

export interface Holdings {
  ips: string[];
  ports: string[];
}

/** Load balancers that send to local endpoints only ask each node whether it has any. */
export const needsHealthCheck = (spec: Spec | undefined): boolean =>
  spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** What a Service holds. */
export function holdings(spec: Spec | undefined): Holdings {
  const listed = spec?.clusterIPs?.length ? spec.clusterIPs : spec?.clusterIP ? [spec.clusterIP] : [];
  const ports = (spec?.ports ?? []).map(({ nodePort }) => nodePort);
  return {
    ips: listed.flatMap(canonical),
    ports: [...new Set([...ports, spec?.healthCheckNodePort].flatMap((port) => (port ? [String(port)] : [])))],
  };
}

/** As the address' own object is called; nothing for "None". */
function canonical(ip: string): string[] {
  const parsed = parseIp(ip);
  return parsed ? [formatIp(parsed)] : [];
}

/** What of `before` is not in `now`. */
export function givenUp(before: Holdings, now: Holdings): Holdings {
  return {
    ips: before.ips.filter((ip) => !now.ips.includes(ip)),
    ports: before.ports.filter((port) => !now.ports.includes(port)),
  };
}
