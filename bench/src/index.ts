/**
 * What others use of the bench: the run that breaks everything under load and judges what was seen. `main.ts` is the
 * program that measures.
 */
export { described, summary } from './consistency/command';
export { runConsistency, type ConsistencyResult, type ConsistencySettings } from './consistency/run/run-consistency';
