/** Texts with a form of their own: quantities, names and durations, with Kubernetes' messages for those that have another. */
export * from './go-duration';
export * from './names';
export * from './quantity';
