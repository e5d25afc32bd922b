import type { AuthorizationAnswer, AuthorizationQuery, Authorize } from '@nestor/cel';
import type { AdmissionRequest, AdmissionUser } from '../admission-plugin';
import { PendingAnswer } from './pending-answer';

/** Asks whether somebody may do something; of whom no service account is given, the user. */
export type AuthorizeExpression = (
  user: AdmissionUser,
  query: AuthorizationQuery,
) => AuthorizationAnswer | Promise<AuthorizationAnswer>;

/** What was waited for, as long as its request lasts; requests whose answers all came at once have none. */
const arrived = new WeakMap<AdmissionRequest, Map<string, AuthorizationAnswer>>();

/** What the expressions of one request ask: an answer that has to be waited for ends the evaluation, for whenAnswered to go on. */
export function askAuthorizer(authorize: AuthorizeExpression, request: AdmissionRequest): Authorize {
  return (query) => {
    const known = arrived.get(request)?.get(JSON.stringify(query));
    if (known) return known;
    const answer = authorize(request.user, query);
    if (!(answer instanceof Promise)) return answer;
    throw new PendingAnswer(remember(request, query, answer));
  };
}

async function remember(
  request: AdmissionRequest,
  query: AuthorizationQuery,
  promised: Promise<AuthorizationAnswer>,
): Promise<void> {
  const answer = await promised;
  const known = arrived.get(request) ?? new Map<string, AuthorizationAnswer>();
  arrived.set(request, known.set(JSON.stringify(query), answer));
}
