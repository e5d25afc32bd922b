import { ApiError, type Status, type StatusReason } from '@nestor/api';

const reasonOfCode: Record<number, StatusReason> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The ApiError of a Status object, as it came in a body or in a watch's ERROR event. */
export function errorOfStatus(status: Partial<Status>): ApiError {
  return new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...status });
}

/** The ApiError of an answer that is not 2xx; a body that is no Status (a proxy's page) becomes the message. */
export function errorOfAnswer(code: number, body: Buffer): ApiError {
  const text = body.toString('utf8');
  try {
    const parsed = JSON.parse(text) as Partial<Status>;
    if (parsed.kind === 'Status') return errorOfStatus({ code, ...parsed });
  } catch {
    // Not JSON: fall through to the generic error below, which carries the text.
  }
  const message = text.trim().slice(0, 1024) || `the server answered with status ${code}`;
  return errorOfStatus({ code, reason: reasonOfCode[code] ?? '', message });
}

/** Why nothing came of a request. A refused dual-stack dial is an AggregateError with an empty message. */
export function causeText(cause: Error): string {
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
