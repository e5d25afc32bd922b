import {
  authorizationGroup,
  badRequest,
  invalid,
  localSubjectAccessReviewDefinition,
  selfSubjectAccessReviewDefinition,
  selfSubjectRulesReviewDefinition,
  subjectAccessReviewDefinition,
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
  type ApiObject,
  type FieldError,
  type ResourceDefinition,
  type SelfSubjectRulesReview,
  type SubjectAccessReview,
} from '@nestor/api';
import type { RuleResolver, UserInfo } from '@nestor/auth';
import type { Authorization } from '../authorization/create-authorizer';
import type { Handler } from '../http/dispatch';
import type { StorageContext } from '../storage/storage-context';
import { askedAccess, subjectOf } from './access-attributes';
import { type Answer, reviewHandler } from './review-handler';
import type { UnstoredObject } from './unstored-object';

export interface AccessReviewDependencies extends Authorization {
  storage: StorageContext;
}

/** Questions about rights, asked by whoever wants to know before he tries, or by who leaves the decision to us. */
export function accessReviewHandlers({ authorizer, rules, storage }: AccessReviewDependencies): [string, Handler][] {
  const at = (definition: ResourceDefinition, answer: Answer): [string, Handler] =>
    reviewHandler(storage, definition, answer);
  const decided = (validate: (review: SubjectAccessReview) => FieldError[], self = false): Answer => {
    return async ({ object, validate: admitted }, user) => {
      object['spec'] ??= {};
      const review = object as SubjectAccessReview;
      const errors = validate(review);
      // The kind is lost inside kube-apiserver before it is written down, so clients know the message without it.
      if (errors.length > 0) throw invalid({ group: authorizationGroup, kind: '' }, '', errors);
      await admitted();
      return { ...object, status: await accessStatus(authorizer, self ? user : subjectOf(review.spec), review.spec) };
    };
  };
  return [
    at(subjectAccessReviewDefinition, decided(validateSubjectAccessReview)),
    at(selfSubjectAccessReviewDefinition, decided(validateSelfSubjectAccessReview, true)),
    at(localSubjectAccessReviewDefinition, decided(validateLocalSubjectAccessReview)),
    at(selfSubjectRulesReviewDefinition, (sent, user) => rulesReview(rules, sent, user)),
  ];
}

async function accessStatus(
  authorizer: Authorization['authorizer'],
  user: UserInfo,
  spec: SubjectAccessReview['spec'],
): Promise<Record<string, unknown>> {
  const { attributes, problems } = askedAccess(user, spec);
  const { decision, reason, error } = await authorizer.authorize(attributes);
  const errors = [...(error ? [error.message] : []), ...problems];
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason ? { reason } : {}),
    ...(errors.length > 0 ? { evaluationError: errors.join('; ') } : {}),
  };
}

/** Only the answer is sent back, as upstream does it. */
async function rulesReview(
  resolver: RuleResolver,
  { object, validate }: UnstoredObject,
  user: UserInfo,
): Promise<ApiObject> {
  const namespace = (object as SelfSubjectRulesReview).spec?.namespace;
  if (!namespace) throw badRequest('no namespace on request');
  await validate();
  const { rules, incomplete, error } = resolver.rulesFor(user, namespace);
  return {
    kind: object.kind,
    apiVersion: object.apiVersion,
    metadata: {},
    spec: {},
    status: {
      resourceRules: rules
        .filter(({ resources }) => resources?.length)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
      nonResourceRules: rules
        .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete,
      ...(error ? { evaluationError: error } : {}),
    },
  };
}
