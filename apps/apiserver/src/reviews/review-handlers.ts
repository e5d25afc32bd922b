import { methodNotSupported } from '@nestor/api';
import { Attributes, authenticateToken, RuleAuthorizer, TokenAuthenticator, UserInfo } from '@nestor/auth';
import type { Handler } from '../http/dispatch';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import { part, readValue, text } from '../storage/read-value';

export interface ReviewDependencies {
  authorizer: RuleAuthorizer;
  tokens: readonly TokenAuthenticator[];
}

type Fields = Record<string, unknown>;
/** Makes the status of a review from its spec. */
type Review = (spec: Fields, exchange: Exchange) => Fields | Promise<Fields>;

/** Questions about identity and permission: answered, never stored. */
export function reviewHandlers({ authorizer, tokens }: ReviewDependencies): Map<string, Handler> {
  const decide = (user: UserInfo, spec: Fields, namespace = ''): Fields => {
    const decision = authorizer.authorize(attributesOf(user, spec, namespace));
    return { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) };
  };
  const authorization = (plural: string, kind: string, review: Review): [string, Handler] =>
    reviewAt('authorization.k8s.io', plural, { kind, review });
  const authentication = (plural: string, kind: string, review: Review): [string, Handler] =>
    reviewAt('authentication.k8s.io', plural, { kind, review });
  return new Map([
    authorization('selfsubjectaccessreviews', 'SelfSubjectAccessReview', (spec, { user }) => decide(user, spec)),
    authorization('subjectaccessreviews', 'SubjectAccessReview', (spec) => decide(subjectOf(spec), spec)),
    authorization('localsubjectaccessreviews', 'LocalSubjectAccessReview', (spec, { info }) =>
      decide(subjectOf(spec), spec, info.namespace),
    ),
    authorization('selfsubjectrulesreviews', 'SelfSubjectRulesReview', (spec, { user }) => {
      const rules = authorizer.rulesFor(user, text(spec, 'namespace'));
      return {
        resourceRules: rules.filter((rule) => rule.resources),
        nonResourceRules: rules.filter((rule) => rule.nonResourceURLs),
        incomplete: false,
      };
    }),
    authentication('selfsubjectreviews', 'SelfSubjectReview', (_spec, { user }) => ({ userInfo: userBody(user) })),
    authentication('tokenreviews', 'TokenReview', (spec) => reviewToken(tokens, spec)),
  ]);
}

function reviewAt(
  group: string,
  plural: string,
  { kind, review }: { kind: string; review: Review },
): [string, Handler] {
  return [
    `${plural}.${group}`,
    async (exchange) => {
      if (exchange.info.verb !== 'create' || exchange.info.subresource !== '') {
        throw methodNotSupported({ group, resource: plural }, exchange.request.method ?? '');
      }
      const body = await readValue(exchange, kind);
      const spec = part(body, 'spec');
      const status = await review(spec, exchange);
      sendObject(exchange, 201, { kind, apiVersion: `${group}/v1`, metadata: part(body, 'metadata'), spec, status });
    },
  ];
}

function attributesOf(user: UserInfo, spec: Fields, namespace: string): Attributes {
  const resource = part(spec, 'resourceAttributes');
  const path = part(spec, 'nonResourceAttributes');
  const isResource = spec['resourceAttributes'] !== undefined && spec['resourceAttributes'] !== null;
  return {
    user,
    verb: text(isResource ? resource : path, 'verb'),
    resource: isResource ? text(resource, 'resource') : '',
    apiGroup: text(resource, 'group'),
    apiVersion: text(resource, 'version'),
    subresource: text(resource, 'subresource'),
    namespace: text(resource, 'namespace') || namespace,
    name: text(resource, 'name'),
    path: text(path, 'path'),
  };
}

function subjectOf(spec: Fields): UserInfo {
  const groups = Array.isArray(spec['groups']) ? (spec['groups'] as string[]) : [];
  return { name: text(spec, 'user'), uid: text(spec, 'uid'), groups };
}

const userBody = ({ name, uid, groups, extra }: UserInfo): Fields => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra ? { extra } : {}),
});

async function reviewToken(tokens: readonly TokenAuthenticator[], spec: Fields): Promise<Fields> {
  const audiences = Array.isArray(spec['audiences']) ? (spec['audiences'] as string[]) : undefined;
  const result = await authenticateToken(tokens, text(spec, 'token'), audiences?.length ? audiences : undefined);
  if (result.kind === 'user') {
    return { authenticated: true, user: userBody(result.user), ...(audiences ? { audiences } : {}) };
  }
  return { authenticated: false, ...(result.kind === 'rejected' ? { error: result.reason } : {}) };
}
