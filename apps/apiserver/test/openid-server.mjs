// An OpenID Connect provider over TLS for tests: node openid-server.mjs SETTINGS, which are JSON.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const { port, certificateFile, keyFile, jwks, people, clients, redirectUri } = JSON.parse(process.argv[2]);
const provider = new Provider(`https://127.0.0.1:${port}`, {
  jwks,
  clients: clients.map((id) => ({
    client_id: id,
    token_endpoint_auth_method: 'none',
    redirect_uris: [redirectUri],
    id_token_signed_response_alg: jwks.keys[0].alg,
  })),
  // The claims are in the token itself, as API servers read them.
  conformIdTokenClaims: false,
  claims: { openid: ['sub', ...new Set(Object.values(people).flatMap(Object.keys))] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  // Tokens of the client "brief" are over when somebody has had a look at them.
  ttl: { IdToken: (_, __, { clientId }) => (clientId === 'brief' ? 1 : 3600) },
  cookies: { keys: ['only for tests'] },
});
const server = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, provider.callback());
server.listen(port, '127.0.0.1', () => console.log('serving OpenID'));
process.on('SIGTERM', () => process.exit(0));
