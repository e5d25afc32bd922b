/**
 * The Kubernetes API as data: resource definitions (one folder per group, one file per kind), the error type
 * every layer speaks, selectors, quantities and names. It promises no I/O; serving and storing are others' work.
 */
export * from './errors/api-error';
export * from './errors/field-error';
export * from './meta/json-types';
export * from './resource-definition';
