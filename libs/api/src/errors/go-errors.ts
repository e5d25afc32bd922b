/** An answer of a webhook that is no success, or nothing that could be read. */
export class AnswerError extends Error {
  constructor(
    readonly code: number,
    message: string,
    /** When the server wants to be asked again. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = 'AnswerError';
  }
}

const texts: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  415: 'the server was unable to process the request body',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** apierrors.NewGenericServerResponse. */
export function answerError(code: number, body: string, retryAfterSeconds?: number): AnswerError {
  return new AnswerError(code, answerText(code, body.trim() || 'unknown'), retryAfterSeconds);
}

function answerText(code: number, said: string): string {
  const known = texts[code];
  if (known) return known;
  if (code === 403) return said;
  if (code >= 500) return `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${code} but did not return more information`;
}

/** What net/http says where the connection or the certificate is at fault; people search for these words. */
const byCode: Readonly<Record<string, string>> = {
  ABORT_ERR: 'context deadline exceeded',
  TimeoutError: 'context deadline exceeded',
  ECONNRESET: 'EOF',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority(),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority(),
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority(),
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority(),
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
};

function unknownAuthority(): string {
  return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
}

interface NodeError extends Error {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
}

/** url.Error: `Post "https://...": why`. Answers and unreadable bodies are told as they are. */
export function goNetworkError(error: unknown, url: string): Error {
  if (error instanceof AnswerError || error instanceof SyntaxError) return error;
  const cause = error as NodeError;
  return new Error(`Post ${JSON.stringify(url)}: ${reasonOf(cause)}`, { cause });
}

function reasonOf(error: NodeError): string {
  const { code = '', name, message, address, port, hostname } = error;
  if (code === 'ECONNREFUSED') return `dial tcp ${address}:${port}: connect: connection refused`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostname}: no such host`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${message}`;
  return byCode[code] ?? byCode[name] ?? message;
}
