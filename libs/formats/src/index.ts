/** Texts with a form of their own: quantities and names, with Kubernetes' messages for those that have another. */
export * from './names';
export * from './quantity';
