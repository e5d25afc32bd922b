import type { Service } from '../../meta/json-types';
import { dns1035Name } from '../../meta/object-name';
import type { RestStrategy, StrategyContext } from '../../resource-definition';
import { setServiceDefaults } from './service-defaults';
import { validateService, validateServiceUpdate } from './service-validation';

const hasClusterIp = (type: string | undefined): boolean => type !== 'ExternalName';
const hasNodePorts = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';

/** patchAllocatedValues: an update that leaves out what the server allocated keeps it. */
function keepAllocated(service: Service, old: Readonly<Service>): void {
  const [spec, before] = [service.spec, old.spec];
  if (!spec || !before) return;
  if (hasClusterIp(before.type) && hasClusterIp(spec.type)) {
    spec.clusterIP ||= before.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP) spec.clusterIPs = before.clusterIPs;
    spec.ipFamilies ??= before.ipFamilies;
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
  }
  if (hasNodePorts(before.type) && hasNodePorts(spec.type)) {
    for (const port of spec.ports ?? []) {
      port.nodePort ||= before.ports?.find((one) => one.port === port.port && one.protocol === port.protocol)?.nodePort;
    }
  }
}

/** dropTypeDependentFields: what belongs to the old type and was not asked for anew goes. */
function dropOfOldType(service: Service, old: Readonly<Service>): void {
  const [spec, before] = [service.spec, old.spec];
  if (!spec || !before) return;
  if (hasClusterIp(before.type) && !hasClusterIp(spec.type) && spec.clusterIP === before.clusterIP) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    delete spec.internalTrafficPolicy;
  }
  if (hasNodePorts(before.type) && !hasNodePorts(spec.type)) {
    const given = new Map((before.ports ?? []).map((port) => [port.port, port.nodePort]));
    for (const port of spec.ports ?? []) if (port.nodePort === given.get(port.port)) delete port.nodePort;
    if (!spec.externalIPs?.length) delete spec.externalTrafficPolicy;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') delete spec.allocateLoadBalancerNodePorts;
}

/** clusterIP and clusterIPs[0] are one value with two names. */
function mirrorClusterIp(service: Service): void {
  const { spec } = service;
  if (!spec) return;
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  else if (spec.clusterIPs?.[0] && !spec.clusterIP) spec.clusterIP = spec.clusterIPs[0];
}

function prepareForUpdate(service: Service, old: Readonly<Service>, { subresource }: StrategyContext): void {
  if (subresource === 'status') {
    service.spec = old.spec;
    return;
  }
  service.status = old.status;
  keepAllocated(service, old);
  dropOfOldType(service, old);
  mirrorClusterIp(service);
}

export const serviceStrategy: RestStrategy = {
  nameCheck: dns1035Name,
  allowCreateOnUpdate: true,
  setDefaults: setServiceDefaults,
  prepareForCreate(service: Service): void {
    service.status = { loadBalancer: {} };
    mirrorClusterIp(service);
  },
  prepareForUpdate,
  validate: validateService,
  validateUpdate: (service: Service, old: Service, { subresource }: StrategyContext) =>
    subresource === 'status' ? [] : validateServiceUpdate(service, old),
};
