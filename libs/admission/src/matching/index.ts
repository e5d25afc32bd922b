export { allMatchRule, isAdmissionConfiguration, matchesRule, type MatchRule } from './match-rule';
export type { EquivalentResource, EquivalentResources } from './equivalent-resources';
export { compileCriteria, type CompiledCriteria, type MatchCriteria } from './match-criteria';
export { RequestMatcher, type Matched } from './request-matcher';
