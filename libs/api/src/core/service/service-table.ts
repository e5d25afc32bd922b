import type { Service } from '../../meta/json-types';
import { labelSetMatcher } from '../../meta/label-selector';
import { age, ageColumn, column, nameColumn, orNone, wideColumn } from '../../registry/define-kind';
import type { TableColumn } from '../../resource-definition';

export const serviceColumns: readonly TableColumn[] = [
  nameColumn,
  column('Type'),
  column('Cluster-IP'),
  column('External-IP'),
  column('Port(s)'),
  ageColumn,
  wideColumn('Selector'),
];

/** An ingress list longer than this is cut. Upstream cuts it for the narrow table only; the row is one for both here. */
const loadBalancerWidth = 16;

function loadBalancerIps(service: Service): string {
  const text = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).join(',');
  return text.length > loadBalancerWidth ? `${text.slice(0, loadBalancerWidth - 3)}...` : text;
}

function externalIp(service: Service): string {
  const external = service.spec?.externalIPs ?? [];
  switch (service.spec?.type) {
    case 'ExternalName':
      return service.spec.externalName ?? '';
    case 'LoadBalancer':
      return [loadBalancerIps(service), ...external].filter((ip) => ip).join(',') || '<pending>';
    default:
      return orNone(external.join(','));
  }
}

const ports = (service: Service): string =>
  orNone(
    (service.spec?.ports ?? [])
      .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
      .join(','),
  );

export const serviceCells = (service: Service, now: Date): unknown[] => [
  service.metadata.name,
  service.spec?.type ?? '',
  orNone(service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP),
  externalIp(service),
  ports(service),
  age(service, now),
  orNone(labelSetMatcher(service.spec?.selector).toString()),
];
