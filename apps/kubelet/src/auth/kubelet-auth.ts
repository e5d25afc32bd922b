import type { IncomingMessage } from 'node:http';
import {
  AlwaysAllowAuthorizer,
  AnonymousAuthenticator,
  askWebhook,
  CertificateAuthorities,
  ClientCertificateAuthenticator,
  type Authorizer,
  type UserInfo,
  WebhookAuthorizer,
} from '@nestor/auth';
import { parseGoDuration } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import { HttpError } from '../server/http-error';
import type { AuthConfig } from './auth.config';
import { CallerAuthentication } from './caller-authentication';
import { requestAttributes } from './request-attributes';
import type { Reviews } from './reviews';
import { TokenReviewAuthenticator } from './token-review.authenticator';

const log = createLogger('kubelet-auth');

/** Lets nobody through to the kubelet API but who proves an identity that a rule of the cluster allows it. */
export class KubeletAuth {
  private readonly authorities: CertificateAuthorities | undefined;
  private readonly callers: CallerAuthentication;
  private readonly authorizer: Authorizer;

  constructor(config: AuthConfig, reviews: Reviews, clientCa: string | undefined) {
    this.authorities = clientCa === undefined ? undefined : new CertificateAuthorities(clientCa);
    this.callers = new CallerAuthentication({
      certificates: this.authorities && new ClientCertificateAuthenticator(this.authorities),
      tokens: config.authenticationTokenWebhook
        ? new TokenReviewAuthenticator({
            review: reviews.token,
            ttlMs: parseGoDuration(config.authenticationTokenWebhookCacheTtl),
          })
        : undefined,
      anonymous: new AnonymousAuthenticator({ enabled: config.anonymousAuth }),
    });
    this.authorizer =
      config.authorizationMode === 'AlwaysAllow' ? new AlwaysAllowAuthorizer() : byReviews(config, reviews);
  }

  /** For requests from now on, on connections that stand as well. Throws, and changes nothing, where it holds no certificate. */
  trust(clientCa: string): void {
    this.authorities?.replace(clientCa);
  }

  /** Throws 401 and 403 as a kubelet answers them. */
  async admit(request: IncomingMessage, at: { segments: readonly string[]; nodeName: string }): Promise<void> {
    const path = `/${at.segments.join('/')}`;
    const result = await this.callers.authenticate(request, path);
    if (result.kind === 'rejected') log.info({ path, reason: result.reason }, 'unable to authenticate the request');
    if (result.kind !== 'user') throw new HttpError(401, 'Unauthorized');
    await this.authorize(result.user, { ...at, method: request.method ?? '' });
  }

  private async authorize(
    user: UserInfo,
    asked: { method: string; segments: readonly string[]; nodeName: string },
  ): Promise<void> {
    const all = requestAttributes({ user, ...asked });
    for (const attributes of all) {
      const { decision, error } = await this.authorizer.authorize(attributes);
      const { verb, resource, subresource } = attributes;
      if (error) {
        log.error({ user: user.name, verb, resource, subresource, error: error.message }, 'authorization error');
        const what = `user=${user.name}, verb=${verb}, resource=${resource}, subresource=${subresource}`;
        throw new HttpError(500, `Authorization error (${what})`);
      }
      if (decision === 'allow') return;
    }
    throw forbidden(
      user,
      all[0]?.verb ?? '',
      all.map(({ subresource }) => subresource),
    );
  }
}

function byReviews(config: AuthConfig, { access }: Reviews): Authorizer {
  const name = 'kubelet';
  return new WebhookAuthorizer({
    name,
    ask: askWebhook({ name, version: 'v1', post: access }),
    authorizedTtlMs: parseGoDuration(config.authorizationWebhookCacheAuthorizedTtl),
    unauthorizedTtlMs: parseGoDuration(config.authorizationWebhookCacheUnauthorizedTtl),
    onFailure: 'deny',
  });
}

function forbidden({ name }: UserInfo, verb: string, subresources: readonly string[]): HttpError {
  log.info({ user: name, verb, subresources }, 'forbidden');
  const what = `user=${name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
  return new HttpError(403, `Forbidden (${what})\n`);
}
