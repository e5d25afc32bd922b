import { isIP } from 'node:net';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Ingress } from '../meta/json-types';
import { isDns1035Label, isDns1123Subdomain, isIp, isPortName, isPortNumber } from '../meta/names';
import { invalidEach } from '../validation/checks';

type Spec = NonNullable<Ingress['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Path = NonNullable<NonNullable<Rule['http']>['paths']>[number];
type Backend = NonNullable<Spec['defaultBackend']>;

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const invalidSequences = ['//', '/./', '/../', '%2f', '%2F'];
const invalidSuffixes = ['/..', '/.'];
export const classAnnotation = 'kubernetes.io/ingress.class';

function validateHost(host: string, path: string): FieldError[] {
  const address = isIP(host) ? [field.invalid(path, host, 'must be a DNS name, not an IP address')] : [];
  return [...address, ...validateName(host, path)];
}

function validateName(host: string, path: string): FieldError[] {
  const problems = host.includes('*')
    ? host.startsWith('*.') && isDns1123Subdomain(host.slice(2)).length === 0
      ? []
      : [
          `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        ]
    : isDns1123Subdomain(host);
  return invalidEach(host, problems, path);
}

function validateBackend({ service, resource }: Backend, path: string): FieldError[] {
  if (resource && service) return [field.invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) {
    return [
      ...(resource.kind ? [] : [field.required(`${path}.resource.kind`)]),
      ...(resource.name ? [] : [field.required(`${path}.resource.name`)]),
    ];
  }
  if (!service) return [field.required(path, 'resource or service backend is required')];
  const errors = service.name
    ? invalidEach(service.name, isDns1035Label(service.name), `${path}.service.name`)
    : [field.required(`${path}.service.name`)];
  const { name, number } = service.port ?? {};
  const hasName = name !== undefined && name !== '';
  const hasNumber = number !== undefined && number !== 0;
  const at = `${path}.service.port`;
  if (hasName && hasNumber) errors.push(field.invalid(path, '', 'cannot set both port name & port number'));
  else if (hasName) errors.push(...invalidEach(name, isPortName(name), `${at}.name`));
  else if (hasNumber) errors.push(...invalidEach(number, isPortNumber(number), `${at}.number`));
  else errors.push(field.required(path, 'port name or number is required'));
  return errors;
}

function validatePath({ path, pathType, backend }: Path, at: string): FieldError[] {
  if (!pathType) return [field.required(`${at}.pathType`, 'pathType must be specified')];
  if (!pathTypes.includes(pathType)) return [field.notSupported(`${at}.pathType`, pathType, pathTypes)];
  const errors: FieldError[] = [];
  const text = path ?? '';
  if (pathType === 'ImplementationSpecific' ? text !== '' && !text.startsWith('/') : !text.startsWith('/'))
    errors.push(field.invalid(`${at}.path`, text, 'must be an absolute path'));
  if (pathType !== 'ImplementationSpecific' && text !== '') {
    for (const sequence of invalidSequences)
      if (text.includes(sequence)) errors.push(field.invalid(`${at}.path`, text, `must not contain '${sequence}'`));
    for (const suffix of invalidSuffixes)
      if (text.endsWith(suffix)) errors.push(field.invalid(`${at}.path`, text, `cannot end with '${suffix}'`));
  }
  return [...errors, ...validateBackend(backend ?? {}, `${at}.backend`)];
}

function validateRule({ host, http }: Rule, at: string): FieldError[] {
  const errors = host ? validateHost(host, `${at}.host`) : [];
  if (!http) return errors;
  if ((http.paths ?? []).length === 0) return [...errors, field.required(`${at}.http.paths`)];
  return [...errors, ...http.paths.flatMap((path, index) => validatePath(path, `${at}.http.paths[${index}]`))];
}

export function validateIngress({ spec = {} }: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && !defaultBackend)
    errors.push(field.invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  errors.push(...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)));
  tls.forEach(({ hosts = [], secretName }, index) => {
    hosts.forEach((host, at) => errors.push(...validateName(host, `spec.tls[${index}].hosts[${at}]`)));
    if (secretName)
      errors.push(...invalidEach(secretName, isDns1123Subdomain(secretName), `spec.tls[${index}].secretName`));
  });
  if (ingressClassName !== undefined)
    errors.push(...invalidEach(ingressClassName, isDns1123Subdomain(ingressClassName), 'spec.ingressClassName'));
  return errors;
}

/** A new one may say its class twice, but not two. */
export function validateIngressCreate(ingress: Ingress): FieldError[] {
  const { metadata, spec } = ingress;
  const [annotated, name] = [metadata.annotations?.[classAnnotation], spec?.ingressClassName];
  const isTwofold = annotated !== undefined && name !== undefined && annotated !== name;
  const why = 'must match `ingressClassName` when both are specified';
  return [
    ...validateIngress(ingress),
    ...(isTwofold ? [field.invalid(`annotations.${classAnnotation}`, annotated, why)] : []),
  ];
}

export function validateIngressStatus({ status }: Ingress): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, index) => {
    const path = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip ? invalidEach(ip, isIp(ip), `${path}.ip`) : []),
      ...(hostname ? invalidEach(hostname, isDns1123Subdomain(hostname), `${path}.hostname`) : []),
      ...(hostname && isIP(hostname)
        ? [field.invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')]
        : []),
    ];
  });
}

export function ingressWarnings({ metadata }: Ingress): string[] {
  return metadata.annotations?.[classAnnotation] === undefined
    ? []
    : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`];
}
