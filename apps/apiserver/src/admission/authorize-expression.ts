import type { AdmissionUser, AuthorizeExpression } from '@nestor/admission';
import {
  selectorRequirements,
  serviceAccountGroups,
  serviceAccountUserName,
  type Authorizer,
  type Decision,
} from '@nestor/auth';
import type { AuthorizationAnswer, AuthorizationQuery } from '@nestor/cel';

/** Answers what expressions ask about rights. */
export function expressionAuthorizer(authorizer: Authorizer): AuthorizeExpression {
  return (requester, query) => {
    const { verb, path = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = query;
    const user = userOf(requester, query);
    const decision = authorizer.authorize({
      user: { ...user, groups: [...user.groups] },
      verb,
      path,
      apiGroup: group,
      apiVersion: '*',
      resource,
      subresource,
      namespace,
      name,
      ...selectorRequirements(query.fieldSelector ?? '', query.labelSelector ?? ''),
    });
    return decision instanceof Promise ? decision.then(answerOf) : answerOf(decision);
  };
}

const answerOf = ({ decision, reason, error }: Decision): AuthorizationAnswer => ({
  allowed: decision === 'allow',
  reason,
  ...(error ? { error: error.message } : {}),
});

function userOf(requester: AdmissionUser, { serviceAccount }: AuthorizationQuery): AdmissionUser {
  if (!serviceAccount) return requester;
  const { namespace, name } = serviceAccount;
  return { name: serviceAccountUserName(namespace, name), groups: serviceAccountGroups(namespace) };
}
