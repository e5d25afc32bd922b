import type { ServiceAccountTokenIssuer } from '@nestor/auth';
import type { Exchange } from '../http/exchange';
import { sendRaw } from '../http/respond';

const jwksPath = '/openid/v1/jwks';

/** What others need to verify service account tokens. */
export function openIdPaths(issuer: ServiceAccountTokenIssuer): (exchange: Exchange) => Promise<void> | undefined {
  const { keys } = issuer.jwks();
  const configuration = {
    issuer: issuer.issuer,
    jwks_uri: `${issuer.issuer.replace(/\/$/, '')}${jwksPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: keys.map((key) => String(key['alg'])),
  };
  return (exchange) => {
    const { path } = exchange.info;
    if (path === jwksPath) send(exchange, 'application/jwk-set+json', { keys });
    else if (path === '/.well-known/openid-configuration') send(exchange, 'application/json', configuration);
    else return undefined;
    return Promise.resolve();
  };
}

function send(exchange: Exchange, type: string, value: unknown): void {
  sendRaw(exchange, 200, type, Buffer.from(JSON.stringify(value)));
}
