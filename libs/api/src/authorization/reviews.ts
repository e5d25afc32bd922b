import { defineKind } from '../registry/define-kind';
import type { ResourceDefinition } from '../resource-definition';

export const authorizationGroup = 'authorization.k8s.io';

const review = (kind: string, plural: string, namespaced = false): ResourceDefinition =>
  defineKind({
    group: authorizationGroup,
    version: 'v1',
    kind,
    plural,
    namespaced,
    definition: `io.k8s.api.authorization.v1.${kind}`,
  });

/** Questions about rights: they are answered and never stored, so no registry of stored kinds has them. */
export const subjectAccessReviewDefinition = review('SubjectAccessReview', 'subjectaccessreviews');
export const selfSubjectAccessReviewDefinition = review('SelfSubjectAccessReview', 'selfsubjectaccessreviews');
export const localSubjectAccessReviewDefinition = review('LocalSubjectAccessReview', 'localsubjectaccessreviews', true);
export const selfSubjectRulesReviewDefinition = review('SelfSubjectRulesReview', 'selfsubjectrulesreviews');
