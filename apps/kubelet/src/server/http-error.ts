/** An answer other than 200; the text is what the caller's user reads. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string | number>;
  body: string;
}

/** What is answered for anything that was thrown. */
export function errorAnswer(error: unknown): ErrorAnswer {
  const { status, headers } = error instanceof HttpError ? error : { status: 500, headers: {} };
  const body = (error as Error).message;
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  };
}
