import type { Ingress } from '../meta/json-types';
import { age, ageColumn, column, defineKind, listWithMore, nameColumn, orNone } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import {
  classAnnotation,
  ingressWarnings,
  validateIngress,
  validateIngressCreate,
  validateIngressStatus,
} from './ingress-validation';

function prepareForUpdate(ingress: Ingress, old: Readonly<Ingress>, { subresource }: StrategyContext): void {
  if (subresource === 'status') ingress.spec = old.spec;
  else ingress.status = old.status;
}

function hosts({ spec }: Ingress): string {
  const names = (spec?.rules ?? []).map(({ host }) => host ?? '').filter(Boolean);
  return names.length > 0 ? listWithMore(names) : '*';
}

function addresses({ status }: Ingress): string {
  return (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(',');
}

export const ingressDefinition = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  definition: 'io.k8s.api.networking.v1.Ingress',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    prepareForCreate: (ingress: Ingress) => void (ingress.status = { loadBalancer: {} }),
    prepareForUpdate,
    validate: validateIngressCreate,
    validateUpdate: (ingress: Ingress, _old: Ingress, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateIngressStatus(ingress) : validateIngress(ingress),
    warnings: (ingress: Ingress, old?: Ingress) => (old ? [] : ingressWarnings(ingress)),
  },
  columns: [
    nameColumn,
    column('Class', 'string', 'The name of the IngressClass resource that should be used for additional configuration'),
    column('Hosts', 'string', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'string', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'string', 'Ports of TLS configurations that open'),
    ageColumn,
  ],
  cells: (ingress: Ingress, now: Date) => [
    ingress.metadata.name,
    orNone(ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[classAnnotation]),
    hosts(ingress),
    addresses(ingress),
    (ingress.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(ingress, now),
  ],
});
