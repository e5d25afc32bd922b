import { ApiError, forbidden } from '@nestor/api';
import type { Attributes } from './attributes';
import { forbiddenMessage } from './forbidden-message';

/** The answer to who may not do what was asked (responsewriters.ForbiddenStatusError). */
export function forbiddenError(attributes: Attributes, reason = ''): ApiError {
  const { apiGroup: group, resource, name } = attributes;
  const why = forbiddenMessage(attributes, reason);
  if (resource !== '') return forbidden({ group, resource }, name, why);
  return new ApiError({
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
