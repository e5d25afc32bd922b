import { ApiError, forbidden } from '@nestor/api';
import { forbiddenMessage, selectorRequirements, type Attributes, type Authorizer, type Decision } from '@nestor/auth';
import type { Exchange } from './exchange';

/** Throws unless the caller may do what is asked. Returns a promise only where an authorizer has to wait. */
export function authorizeRequest(authorizer: Authorizer, exchange: Exchange): void | Promise<void> {
  const { info, user } = exchange;
  const attributes: Attributes = {
    user,
    apiGroup: info.group,
    apiVersion: info.version,
    ...info,
    ...selectorRequirements(info.fieldSelector, info.labelSelector),
  };
  const decision = authorizer.authorize(attributes);
  if (decision instanceof Promise) return decision.then((said) => confirm(exchange, attributes, said));
  confirm(exchange, attributes, decision);
}

/** No authorizer could decide. It is told as kube-apiserver tells it: as plain text. */
export class AuthorizationFailure extends Error {}

function confirm(
  { info, audit, request, response }: Exchange,
  attributes: Attributes,
  { decision, reason, error }: Decision,
): void {
  if (decision !== 'allow' && error) {
    audit?.annotate('authorization.k8s.io/reason', 'internal error');
    throw new AuthorizationFailure(`Internal Server Error: ${JSON.stringify(request.url)}: ${error.message}`);
  }
  audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid');
  audit?.annotate('authorization.k8s.io/reason', reason);
  if (decision === 'allow') return;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const why = forbiddenMessage(attributes, reason);
  if (info.isResource) throw forbidden({ group: info.group, resource: info.resource }, info.name, why);
  throw new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `forbidden: ${why}`,
    reason: 'Forbidden',
    details: {},
    code: 403,
  });
}
