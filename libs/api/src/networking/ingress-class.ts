import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeepReadonly, IngressClass } from '../meta/json-types';
import { isDns1123Subdomain } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import { validateImmutable } from '../validation/checks';

const longestController = 250;
const scopes = ['Cluster', 'Namespace'];

const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';

/** The class of Ingresses that name none. */
export function newestDefaultIngressClass(
  classes: readonly DeepReadonly<IngressClass>[],
): DeepReadonly<IngressClass> | undefined {
  const made = ({ metadata }: DeepReadonly<IngressClass>): string => metadata.creationTimestamp ?? '';
  return classes
    .filter(({ metadata }) => metadata.annotations?.[defaultAnnotation] === 'true')
    .sort((a, b) => {
      if (made(a) !== made(b)) return made(a) < made(b) ? 1 : -1;
      return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
    })[0];
}

function validateController(controller: string): FieldError[] {
  const path = 'spec.controller';
  if (controller.length > longestController) return [field.tooLong(path, longestController)];
  const slash = controller.indexOf('/');
  const isDomainPrefixed =
    slash > 0 && slash < controller.length - 1 && isDns1123Subdomain(controller.slice(0, slash)).length === 0;
  return isDomainPrefixed
    ? []
    : [field.invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
}

function validateParameters(parameters: NonNullable<NonNullable<IngressClass['spec']>['parameters']>): FieldError[] {
  const path = 'spec.parameters';
  const { kind, name, scope, namespace } = parameters;
  const errors: FieldError[] = [];
  if (!kind) errors.push(field.required(`${path}.kind`, 'kind is required'));
  if (!name) errors.push(field.required(`${path}.name`, 'name is required'));
  if (scope !== undefined && !scopes.includes(scope)) errors.push(field.notSupported(`${path}.scope`, scope, scopes));
  if (scope === 'Namespace' && !namespace)
    errors.push(field.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  if (scope === 'Cluster' && namespace)
    errors.push(field.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

function validate({ spec }: IngressClass): FieldError[] {
  const { controller = '', parameters } = spec ?? {};
  return [...validateController(controller), ...(parameters ? validateParameters(parameters) : [])];
}

function parametersText({ spec }: IngressClass): string | undefined {
  const { apiGroup, kind, name } = spec?.parameters ?? {};
  return kind && `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}`;
}

export const ingressClassDefinition = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  definition: 'io.k8s.api.networking.v1.IngressClass',
  hasGeneration: true,
  strategy: {
    setDefaults: ({ spec }: IngressClass) => {
      if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
    },
    validate,
    validateUpdate: (ingressClass: IngressClass, old: IngressClass) => [
      ...validateImmutable(ingressClass.spec?.controller, old.spec?.controller, 'spec.controller'),
      ...validate(ingressClass),
    ],
  },
  columns: [
    nameColumn,
    column('Controller', 'string', 'Controller that is responsible for handling this class'),
    column('Parameters', 'string', 'A reference to a resource with additional parameters'),
    ageColumn,
  ],
  cells: (ingressClass: IngressClass, now: Date) => [
    ingressClass.metadata.name,
    ingressClass.spec?.controller ?? '',
    orNone(parametersText(ingressClass)),
    age(ingressClass, now),
  ],
});
