/**
 * Storage drivers on a node, as the Container Storage Interface v1 has them: their node service and the registration by
 * which kubelets learn of them. It promises deadlines on every call and one error type whose words are those that
 * Kubernetes' events carry. What to mount, and when, is decided in @nestor/node.
 */
export { CsiNodeDriver } from './client/csi-node-driver';
export { PluginRegistrar, type PluginInfo } from './client/plugin-registrar';
export { CsiError } from './csi-error';
export * from './csi-types';
