/** Of the SubjectAccessReviews and TokenReviews that webhooks are asked by. */
export const reviewVersions = ['v1', 'v1beta1'] as const;
export type ReviewVersion = (typeof reviewVersions)[number];
