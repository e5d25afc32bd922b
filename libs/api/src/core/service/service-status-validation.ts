import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Service } from '../../meta/json-types';
import { isDns1123Subdomain, isIp } from '../../meta/names';
import { invalidEach } from '../../validation/checks';

type Ingress = NonNullable<NonNullable<NonNullable<Service['status']>['loadBalancer']>['ingress']>[number];

const modes = ['Proxy', 'VIP'];

/** ValidateLoadBalancerStatus */
export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec?.type !== 'LoadBalancer' && ingress.length > 0)
    return [field.forbidden(path, 'may only be used when `spec.type` is LoadBalancer')];
  return ingress.flatMap((one, index) => validateIngress(one, `${path}[${index}]`));
}

function validateIngress({ ip, ipMode, hostname }: Ingress, path: string): FieldError[] {
  const errors = ip ? invalidEach(ip, isIp(ip), `${path}.ip`) : [];
  if (ip && !ipMode) errors.push(field.required(`${path}.ipMode`, 'must be specified when `ip` is set'));
  else if (!ip && ipMode) errors.push(field.forbidden(`${path}.ipMode`, 'may not be specified when `ip` is not set'));
  else if (ipMode && !modes.includes(ipMode)) errors.push(field.notSupported(`${path}.ipMode`, ipMode, modes));
  if (hostname) {
    errors.push(...invalidEach(hostname, isDns1123Subdomain(hostname), `${path}.hostname`));
    if (isIp(hostname).length === 0)
      errors.push(field.invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}
