import type { AudienceCheck } from '@nestor/admission';
import type { Authorizer } from '@nestor/auth';

/** The right is a verb of its own, on a resource that is called as the audience is. */
export function audienceCheck(authorizer: Authorizer): AudienceCheck {
  return async (user, { audience, namespace, account }) => {
    const what = { verb: 'request-serviceaccounts-token-audience', apiGroup: '', apiVersion: 'v1', resource: audience };
    const where = { subresource: '', namespace, name: account, path: '' };
    return (await authorizer.authorize({ user, ...what, ...where })).decision === 'allow';
  };
}
