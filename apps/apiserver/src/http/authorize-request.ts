import { forbiddenError, selectorRequirements, type Attributes, type Authorizer, type Decision } from '@nestor/auth';
import { observeAuthorization } from '../authorization/authorization-metrics';
import type { Exchange } from './exchange';

/** Throws unless the caller may do what is asked. Returns a promise only where an authorizer has to wait. */
export function authorizeRequest(authorizer: Authorizer, exchange: Exchange): void | Promise<void> {
  const attributes = requestAttributes(exchange);
  const started = performance.now();
  const decision = authorizer.authorize(attributes);
  if (decision instanceof Promise) return decision.then((said) => confirm(exchange, attributes, { said, started }));
  confirm(exchange, attributes, { said: decision, started });
}

/** What the caller asks to do. */
export const requestAttributes = ({ info, user }: Exchange): Attributes => ({
  user,
  apiGroup: info.group,
  apiVersion: info.version,
  ...info,
  ...selectorRequirements(info.fieldSelector, info.labelSelector),
});

/** No authorizer could decide. It is told as kube-apiserver tells it: as plain text. */
export class AuthorizationFailure extends Error {}

function confirm(
  { audit, request, response }: Exchange,
  attributes: Attributes,
  { said, started }: { said: Decision; started: number },
): void {
  observeAuthorization(said, started);
  const { decision, reason, error } = said;
  if (decision !== 'allow' && error) {
    audit?.annotate('authorization.k8s.io/reason', 'internal error');
    throw new AuthorizationFailure(`Internal Server Error: ${JSON.stringify(request.url)}: ${error.message}`);
  }
  audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid');
  audit?.annotate('authorization.k8s.io/reason', reason);
  if (decision === 'allow') return;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  throw forbiddenError(attributes, reason);
}
