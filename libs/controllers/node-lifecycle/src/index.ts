/** What becomes of a node that falls silent, and of the pods on it; pod ranges for nodes that come. */
export { NodeLifecycleModule } from './node-lifecycle.module';
export { type NodeLifecycleOptions } from './node-lifecycle.options';
