import { createLogger } from '@nestor/telemetry';
import { asAuthenticated } from '../../user';
import type { ReviewVersion } from '../../webhook/review-version';
import { withBackoff, type Pause } from '../../webhook/webhook-backoff';
import type { AuthenticationResult, TokenAuthenticator } from '../authenticator';
import { readTokenReview, tokenReview, type TokenReviewAnswer } from './token-review';

const log = createLogger('authentication');

export interface WebhookTokenOptions {
  version: ReviewVersion;
  /** Names of this API, for which a token is good where the webhook does not say for whom. */
  audiences: readonly string[];
  /** Posts a body and gives back what is answered; rejects with AnswerError, or as the network fails. */
  post(body: object): Promise<unknown>;
  pause?: Pause;
}

/** Asks a server outside whose a token is (token/webhook). */
export class WebhookTokenAuthenticator implements TokenAuthenticator {
  constructor(private readonly options: WebhookTokenOptions) {}

  async authenticate(token: string, wanted: readonly string[]): Promise<AuthenticationResult> {
    const { authenticated, user, audiences: said, error } = await this.ask(token, wanted);
    const meant = said.length > 0 ? said : this.options.audiences;
    const audiences = wanted.filter((audience) => meant.includes(audience));
    if (audiences.length === 0) return { kind: 'none' };
    if (!authenticated) return error === '' ? { kind: 'none' } : { kind: 'rejected', reason: error };
    if (user.name === '') return { kind: 'rejected', reason: 'the webhook named no user' };
    return { kind: 'user', user: asAuthenticated(user), audiences };
  }

  private async ask(token: string, audiences: readonly string[]): Promise<TokenReviewAnswer> {
    const { version, post, pause } = this.options;
    const body = tokenReview(token, audiences, version);
    try {
      return await withBackoff(async () => readTokenReview(await post(body), version), pause);
    } catch (error) {
      log.error({ error: (error as Error).message }, 'an authentication webhook gave no answer');
      throw error;
    }
  }
}
