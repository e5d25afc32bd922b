import type { ApiObject, DeepReadonly } from '@nestor/api';
import { authorizerValue, resourceCheckValue } from '@nestor/cel';
import { AdmissionRequest, kindOf, resourceOf } from '../admission-plugin';
import type { Matched } from '../matching';
import { askAuthorizer, type AuthorizeExpression } from './ask-authorizer';

/** What the expressions of one request are about. */
export interface ExpressionInput {
  readonly request: AdmissionRequest;
  readonly matched: Matched;
  readonly object?: DeepReadonly<ApiObject>;
  readonly old?: DeepReadonly<ApiObject>;
  readonly params?: DeepReadonly<ApiObject>;
  readonly namespace?: DeepReadonly<ApiObject>;
  readonly authorize: AuthorizeExpression;
}

/** The variables that every expression of admission may read (admission/plugin/cel newActivation). */
export function admissionBindings(input: ExpressionInput): Record<string, unknown> {
  const { request, object, old, params, namespace, authorize } = input;
  const ask = askAuthorizer(authorize, request);
  const { group, resource, subresource, name } = request;
  return {
    object: object ?? null,
    oldObject: old ?? null,
    params: params ?? null,
    namespaceObject: namespace ? visibleNamespace(namespace) : null,
    request: requestValue(input),
    authorizer: authorizerValue(ask),
    'authorizer.requestResource': resourceCheckValue(ask, {
      group,
      resource,
      subresource,
      namespace: request.namespace,
      name,
    }),
  };
}

function requestValue({ request, matched }: ExpressionInput): Record<string, unknown> {
  const { subresource, name, namespace, operation, user, dryRun } = request;
  return {
    kind: matched.kind,
    resource: matched.resource,
    ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
    requestKind: kindOf(request),
    requestResource: resourceOf(request),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: user.groups,
      ...(user.extra ? { extra: user.extra } : {}),
    },
    dryRun,
    options: request.options?.() ?? null,
  };
}

/** Who owns a namespace and who manages its fields is not for expressions to see. */
function visibleNamespace(namespace: DeepReadonly<ApiObject>): object {
  const { managedFields: _managed, ownerReferences: _owners, ...metadata } = namespace.metadata;
  return { ...namespace, metadata };
}
