/** Texts with a form of their own: quantities, names, durations and addresses, with Kubernetes' messages for those that have another. */
export * from './go-duration';
export * from './names';
export * from './quantity';
export * from './own-addresses';
