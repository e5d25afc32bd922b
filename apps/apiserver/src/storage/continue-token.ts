import { ApiError, badRequest, expired } from '@nestor/api';

export interface ContinuePoint {
  /** -1: take up at whatever is newest, knowingly inconsistent. */
  revision: number;
  after: { namespace: string; name: string };
}

const format = 'meta.k8s.io/v1';

/** The opaque text that carries a list's snapshot and place to the next request (k8s.io/apiserver storage.EncodeContinue). */
export function encodeContinue({ revision, after }: ContinuePoint): string {
  const start = after.namespace === '' ? after.name : `${after.namespace}/${after.name}`;
  return Buffer.from(JSON.stringify({ v: format, rv: revision, start: `${start}\u0000` })).toString('base64url');
}

export function decodeContinue(token: string): ContinuePoint {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<string, unknown>;
    const { v, rv, start } = value;
    if (v === format && typeof rv === 'number' && rv !== 0 && typeof start === 'string' && start.endsWith('\u0000')) {
      const parts = start.slice(0, -1).split('/');
      const name = parts.pop() ?? '';
      return { revision: rv, after: { namespace: parts.join('/'), name } };
    }
  } catch (error) {
    throw badRequest('continue key is not valid: encoding/json: invalid token', error);
  }
  throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
}

/** 410 with a token that goes on at the newest state, for clients that prefer the rest over a fresh start. */
export function continueExpired(point: ContinuePoint): ApiError {
  const { status } = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new ApiError({ ...status, metadata: { continue: encodeContinue({ ...point, revision: -1 }) } });
}
