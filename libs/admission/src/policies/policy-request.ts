import type { ApiObject, DeepReadonly } from '@nestor/api';
import { AdmissionRequest, kindOf, ObjectReader, resourceOf } from '../admission-plugin';
import { admissionBindings, AuthorizeExpression } from '../expressions';
import type { Matched, RequestMatcher } from '../matching';
import type { PolicyForms } from './policy-forms';

export interface PolicyDependencies {
  readonly matcher: RequestMatcher;
  readonly reader: ObjectReader;
  readonly forms: PolicyForms;
  readonly authorize: AuthorizeExpression;
}

/** The Namespace a request is in; a Namespace itself is in none. */
export async function namespaceOf(
  { matcher }: PolicyDependencies,
  request: AdmissionRequest,
): Promise<DeepReadonly<ApiObject> | undefined> {
  const { kind, version, group } = kindOf(request);
  const isNamespace = kind === 'Namespace' && version === 'v1' && group === '';
  return request.namespace && !isNamespace ? matcher.namespace(request.namespace) : undefined;
}

/** What expressions see of a request, in the form that the policy matched. */
export function policyBindings(
  { forms, authorize }: PolicyDependencies,
  request: AdmissionRequest,
  {
    matched,
    namespace,
    params,
  }: {
    matched: Matched;
    namespace?: DeepReadonly<ApiObject>;
    params?: DeepReadonly<ApiObject>;
  },
): Record<string, unknown> {
  const inForm = (object?: DeepReadonly<ApiObject>): DeepReadonly<ApiObject> | undefined =>
    object && forms.convert(object, resourceOf(request), matched.resource);
  return admissionBindings({
    request,
    matched,
    authorize,
    ...withDefined({ object: inForm(request.object), old: inForm(request.old), namespace, params }),
  });
}

const withDefined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
