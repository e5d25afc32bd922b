import {
  AlwaysAllowAuthorizer,
  AlwaysDenyAuthorizer,
  askWebhook,
  CountedAuthorizer,
  MastersAuthorizer,
  matchConditions,
  UnionAuthorizer,
  UnionRuleResolver,
  WebhookAuthorizer,
  type AuthorizationConfiguration,
  type AuthorizationMode,
  type AuthorizationWebhook,
  type Authorizer,
  type AuthorizerConfiguration,
  type NodeAuthorizer,
  type RuleAuthorizer,
  type RuleResolver,
} from '@nestor/auth';
import { readKubeconfig } from '@nestor/connection';
import { goDurationMs } from '@nestor/formats';
import { ReviewServer } from '../http/review-server';

/** Who decides, and who can say what somebody may do. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly rules: RuleResolver;
  readonly types: readonly AuthorizationMode[];
}

/** The authorizers that look at what is stored. */
export interface StoredAuthorizers {
  readonly node: NodeAuthorizer;
  readonly rbac: RuleAuthorizer;
}

/** What a configuration comes to, until it is closed. */
export interface OpenAuthorization extends Authorization {
  close(): void;
}

type Made = Authorizer & RuleResolver;

/** The authorizers of a configuration in their order, after the one that lets a cluster be repaired. */
export function openAuthorization(
  { authorizers }: AuthorizationConfiguration,
  stored: StoredAuthorizers,
): OpenAuthorization {
  const servers: ReviewServer[] = [];
  const close = (): void => servers.forEach((server) => server.close());
  try {
    const made = authorizers.map((configured) => ({ configured, made: authorizerOf(configured, stored, servers) }));
    const counted = made.map(({ configured, made: one }) => new CountedAuthorizer(one, configured));
    return {
      authorizer: new UnionAuthorizer([new MastersAuthorizer(), ...counted]),
      rules: new UnionRuleResolver(made.map(({ made: one }) => one)),
      types: authorizers.map(({ type }) => type),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function authorizerOf(
  { type, name, webhook }: AuthorizerConfiguration,
  { node, rbac }: StoredAuthorizers,
  servers: ReviewServer[],
): Made {
  switch (type) {
    case 'AlwaysAllow':
      return new AlwaysAllowAuthorizer();
    case 'AlwaysDeny':
      return new AlwaysDenyAuthorizer();
    case 'Node':
      return node;
    case 'RBAC':
      return rbac;
    case 'Webhook':
      return webhookAuthorizer(name, webhook as AuthorizationWebhook, servers);
  }
}

const milliseconds = (text: string): number => goDurationMs(text) ?? 0;

function webhookAuthorizer(name: string, webhook: AuthorizationWebhook, servers: ReviewServer[]): Made {
  const { type, kubeConfigFile = '' } = webhook.connectionInfo;
  if (type !== 'KubeConfigFile') {
    throw new Error(`authorizer ${name}: a connection of type ${type} would lead an API server to itself`);
  }
  const server = new ReviewServer(readKubeconfig(kubeConfigFile), milliseconds(webhook.timeout));
  servers.push(server);
  return new WebhookAuthorizer({
    name,
    ask: askWebhook({ name, version: webhook.subjectAccessReviewVersion, post: server.post }),
    authorizedTtlMs: webhook.cacheAuthorizedRequests ? milliseconds(webhook.authorizedTTL) : 0,
    unauthorizedTtlMs: webhook.cacheUnauthorizedRequests ? milliseconds(webhook.unauthorizedTTL) : 0,
    onFailure: webhook.failurePolicy === 'Deny' ? 'deny' : 'noOpinion',
    matches: matchConditions(
      name,
      (webhook.matchConditions ?? []).map(({ expression }) => expression),
    ),
  });
}
