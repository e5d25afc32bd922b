import type { AdmissionUser, AuthorizeExpression } from '@nestor/admission';
import { serviceAccountGroups, serviceAccountUserName, type Authorizer } from '@nestor/auth';
import type { AuthorizationQuery } from '@nestor/cel';

/** Answers what expressions ask about rights. */
export function expressionAuthorizer(authorizer: Authorizer): AuthorizeExpression {
  return (requester, query) => {
    const { verb, path = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = query;
    const user = userOf(requester, query);
    return authorizer.authorize({
      user: { ...user, groups: [...user.groups] },
      verb,
      path,
      apiGroup: group,
      apiVersion: '*',
      resource,
      subresource,
      namespace,
      name,
    });
  };
}

function userOf(requester: AdmissionUser, { serviceAccount }: AuthorizationQuery): AdmissionUser {
  if (!serviceAccount) return requester;
  const { namespace, name } = serviceAccount;
  return { name: serviceAccountUserName(namespace, name), groups: serviceAccountGroups(namespace) };
}
