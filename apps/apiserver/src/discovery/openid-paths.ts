import type { ServiceAccountTokens } from '../authentication/service-account-tokens';
import type { Exchange } from '../http/exchange';
import { sendRaw } from '../http/respond';

const jwksPath = '/openid/v1/jwks';
const configurationPath = '/.well-known/openid-configuration';
const cached = { 'Cache-Control': 'public, max-age=3600' };

/** What others need to verify service account tokens; nothing where the issuer is no URL that OpenID allows. */
export function openIdPaths(
  { issuers, keys, jwksUri }: ServiceAccountTokens,
  advertised: () => string,
): (exchange: Exchange) => Promise<void> | undefined {
  const [issuer = ''] = issuers;
  if (!isOpenIdIssuer(issuer)) return () => undefined;
  const jwks = keys.jwks();
  const algorithms = [...new Set(keys.all.map(({ algorithm }) => algorithm))].sort();
  const configuration = () => ({
    issuer,
    jwks_uri: jwksUri ?? `https://${advertised()}${jwksPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algorithms,
  });
  return (exchange) => {
    const path = exchange.info.path.replace(/\/$/, '');
    if (path === jwksPath) send(exchange, 'application/jwk-set+json', jwks);
    else if (path === configurationPath) send(exchange, 'application/json', configuration());
    else return undefined;
    return Promise.resolve();
  };
}

function isOpenIdIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, search, hash } = new URL(issuer);
  return protocol === 'https:' && search === '' && hash === '';
}

function send(exchange: Exchange, type: string, value: unknown): void {
  sendRaw(exchange, 200, type, Buffer.from(JSON.stringify(value)), cached);
}
