import type { Service } from '../../meta/json-types';
import { defineKind } from '../../registry/define-kind';
import { serviceStrategy } from './service-strategy';
import { serviceCells, serviceColumns } from './service-table';

export const serviceDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.Service',
  hasStatus: true,
  strategy: serviceStrategy,
  columns: serviceColumns,
  cells: serviceCells,
  selectableFields: (service: Service) => ({
    'spec.clusterIP': service.spec?.clusterIP ?? '',
    'spec.type': service.spec?.type ?? '',
  }),
  selectableFieldNames: ['spec.clusterIP', 'spec.type'],
});
