import type { Service } from '../../meta/json-types';
import { dns1035Name } from '../../meta/object-name';
import type { RestStrategy, StrategyContext } from '../../resource-definition';
import { setServiceDefaults } from './service-defaults';
import { validateServiceStatus } from './service-status-validation';
import { dropOfOldType, keepAllocated, normalizeClusterIps } from './service-update';
import { validateService, validateServiceUpdate } from './service-validation';
import { serviceWarnings } from './service-warnings';

function prepareForUpdate(service: Service, old: Readonly<Service>, { subresource }: StrategyContext): void {
  if (subresource === 'status') {
    service.spec = old.spec;
    return;
  }
  service.status = old.status;
  if (!service.spec || !old.spec) return;
  normalizeClusterIps(service.spec, old.spec);
  keepAllocated(service.spec, old.spec);
  dropOfOldType(service, old);
}

export const serviceStrategy: RestStrategy = {
  nameCheck: dns1035Name,
  allowCreateOnUpdate: true,
  setDefaults: setServiceDefaults,
  prepareForCreate(service: Service): void {
    service.status = { loadBalancer: {} };
    normalizeClusterIps((service.spec ??= {}));
  },
  prepareForUpdate,
  validate: validateService,
  validateUpdate: (service: Service, old: Service, { subresource }: StrategyContext) =>
    subresource === 'status' ? validateServiceStatus(service) : validateServiceUpdate(service, old),
  warnings: serviceWarnings,
};
