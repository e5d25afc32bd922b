import { findCondition } from '../meta/conditions';
import type { ApiService } from '../meta/json-types';
import { pathSegmentName } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateApiService, validateApiServiceStatus } from './api-service-validation';

function setDefaults({ spec }: ApiService): void {
  if (spec?.service) spec.service.port ??= 443;
}

/** What this server serves itself is available from the start. */
function prepareForCreate(service: ApiService, { now }: StrategyContext): void {
  service.status = {};
  if (service.spec?.service) return;
  service.status.conditions = [
    {
      type: 'Available',
      status: 'True',
      reason: 'Local',
      message: 'Local APIServices are always available',
      lastTransitionTime: now,
    },
  ];
}

function availableCell({ status }: ApiService): string {
  const condition = findCondition(status?.conditions, 'Available');
  if (!condition) return '';
  return condition.status === 'True' ? condition.status : `${condition.status} (${condition.reason ?? ''})`;
}

/** Who serves a group and version: this server or one behind a Service. */
export const apiServiceDefinition = defineKind({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  definition: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  hasStatus: true,
  strategy: {
    nameCheck: pathSegmentName,
    setDefaults,
    prepareForCreate,
    validate: validateApiService,
    validateUpdate: (service: ApiService, _old, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateApiServiceStatus(service) : validateApiService(service),
  },
  columns: [
    nameColumn,
    column('Service', 'string', 'The reference to the service that hosts this API endpoint.'),
    column('Available', 'string', 'Whether this service is available.'),
    ageColumn,
  ],
  cells: (service: ApiService, now: Date) => {
    const { service: reference } = service.spec ?? {};
    return [
      service.metadata.name,
      reference ? `${reference.namespace}/${reference.name}` : 'Local',
      availableCell(service),
      age(service, now),
    ];
  },
});
