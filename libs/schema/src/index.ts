/**
 * Structural schemas of the built-in kinds and of custom ones: validation, defaulting, pruning and OpenAPI
 * publication. It promises no I/O after load; what a kind means beyond its shape is libs/api's.
 */
export * from './structural-schema';
export * from './definitions';
