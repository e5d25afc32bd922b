import { createLogger } from '@nestor/telemetry';
import type { Attributes } from '../attributes';
import { noOpinion, type Authorizer, type Decision, type ResolvedRules, type RuleResolver } from '../authorizer';
import { accessReviewSpec, type AccessReviewSpec } from './access-review';
import { ExpiringCache } from '../../webhook/expiring-cache';
import { failOpen } from './webhook-metrics';

/** What a webhook says: the status of the SubjectAccessReview it answers. */
export interface AccessReviewStatus {
  allowed: boolean;
  denied?: boolean;
  reason?: string;
}

/** A webhook gave no answer, in spite of all tries. */
export class WebhookFailure extends Error {
  constructor(
    message: string,
    readonly result: 'timeout' | 'error',
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

export interface WebhookAuthorizerSettings {
  /** Of the authorizer, for metrics. */
  readonly name: string;
  /** Asks the webhook; rejects with WebhookFailure. */
  ask(spec: AccessReviewSpec): Promise<AccessReviewStatus>;
  /** 0: not remembered. */
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  /** What a failure of the webhook counts as. */
  readonly onFailure: 'noOpinion' | 'deny';
  /** Whether the webhook is to be asked at all; throws where that cannot be told. */
  matches?(spec: AccessReviewSpec): boolean;
  now?(): number;
}

const log = createLogger('authorization');
const cacheSize = 8192;
/** Of what is the caller's to choose: more is not remembered, for it may be an attack on the memory. */
const maxCachedLength = 10_000;
const undecided = noOpinion();

/** Leaves decisions to a server outside, and remembers them (plugin/pkg/authorizer/webhook). */
export class WebhookAuthorizer implements Authorizer, RuleResolver {
  private readonly answers: ExpiringCache<AccessReviewStatus>;
  /** Equal questions that come meanwhile wait for the same answer. */
  private readonly asked = new Map<string, Promise<Decision>>();

  constructor(private readonly settings: WebhookAuthorizerSettings) {
    this.answers = new ExpiringCache(cacheSize, settings.now ?? (() => performance.now()));
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    const spec = accessReviewSpec(attributes);
    const { matches, onFailure } = this.settings;
    try {
      if (matches && !matches(spec)) return undecided;
    } catch (error) {
      return { decision: onFailure, reason: '', error: error as Error };
    }
    const key = JSON.stringify(spec);
    const known = this.answers.get(key);
    if (known) return decisionOf(known);
    return this.asked.get(key) ?? this.ask(spec, key, isCacheable(attributes));
  }

  rulesFor(): ResolvedRules {
    return { rules: [], incomplete: true, error: 'webhook authorizer does not support user rule resolution' };
  }

  private ask(spec: AccessReviewSpec, key: string, isCacheable: boolean): Promise<Decision> {
    const decision = this.settings.ask(spec).then(
      (status) => {
        if (isCacheable) this.remember(key, status);
        return decisionOf(status);
      },
      (error: WebhookFailure) => this.failed(error),
    );
    const { authorizedTtlMs, unauthorizedTtlMs } = this.settings;
    if (!isCacheable || authorizedTtlMs === 0 || unauthorizedTtlMs === 0) return decision;
    this.asked.set(key, decision);
    return decision.finally(() => this.asked.delete(key));
  }

  private remember(key: string, status: AccessReviewStatus): void {
    const { authorizedTtlMs, unauthorizedTtlMs } = this.settings;
    const ttl = status.allowed ? authorizedTtlMs : unauthorizedTtlMs;
    if (ttl > 0) this.answers.set(key, status, ttl);
  }

  private failed(error: WebhookFailure): Decision {
    const { name, onFailure } = this.settings;
    log.error({ error: error.message, authorizer: name }, 'an authorization webhook gave no answer');
    if (onFailure === 'noOpinion') failOpen.inc({ name, result: error.result });
    return { decision: onFailure, reason: '', error };
  }
}

function decisionOf({ allowed, denied, reason = '' }: AccessReviewStatus): Decision {
  if (denied && allowed) {
    const error = new Error('webhook subject access review returned both allow and deny response');
    return { decision: 'deny', reason, error };
  }
  if (denied) return { decision: 'deny', reason };
  return { decision: allowed ? 'allow' : 'noOpinion', reason };
}

function isCacheable({
  namespace,
  verb,
  apiGroup,
  apiVersion = '',
  resource,
  subresource,
  name,
  path,
}: Attributes): boolean {
  const parts = [namespace, verb, apiGroup, apiVersion, resource, subresource, name, path];
  return parts.reduce((sum, part) => sum + part.length, 0) < maxCachedLength;
}
