import { defineKind } from '../registry/define-kind';
import type { ResourceDefinition } from '../resource-definition';

export const authenticationGroup = 'authentication.k8s.io';

const body = (kind: string, plural: string, namespaced = false): ResourceDefinition =>
  defineKind({
    group: authenticationGroup,
    version: 'v1',
    kind,
    plural,
    namespaced,
    definition: `io.k8s.api.authentication.v1.${kind}`,
  });

/** Questions about identity: they are answered and never stored, so no registry of stored kinds has them. */
export const tokenReviewDefinition = body('TokenReview', 'tokenreviews');
export const selfSubjectReviewDefinition = body('SelfSubjectReview', 'selfsubjectreviews');
/** What is sent to serviceaccounts/token; it has no path of its own. */
export const tokenRequestDefinition = body('TokenRequest', 'tokenrequests', true);
