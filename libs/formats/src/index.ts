/** Texts with a form of their own: quantities, names, durations, addresses and bootstrap tokens, with Kubernetes' messages for those that have another. */
export * from './bootstrap-token';
export * from './go-duration';
export * from './names';
export * from './quantity';
export * from './own-addresses';
export * from './rfc3339';
export * from './server-name';
