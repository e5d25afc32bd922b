import type { AdmissionUser, AuthorizeExpression } from '@nestor/admission';
import { selectorRequirements, serviceAccountGroups, serviceAccountUserName, type Authorizer } from '@nestor/auth';
import type { AuthorizationQuery } from '@nestor/cel';

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
    if (decision instanceof Promise) return { allowed: false, reason: '', error: 'the answer is not known at once' };
    const { reason, error } = decision;
    return { allowed: decision.decision === 'allow', reason, ...(error ? { error: error.message } : {}) };
  };
}

function userOf(requester: AdmissionUser, { serviceAccount }: AuthorizationQuery): AdmissionUser {
  if (!serviceAccount) return requester;
  const { namespace, name } = serviceAccount;
  return { name: serviceAccountUserName(namespace, name), groups: serviceAccountGroups(namespace) };
}
