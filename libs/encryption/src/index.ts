/**
 * What becomes of an object's bytes on their way into the store and back: the providers of an
 * EncryptionConfiguration (apiserver.config.k8s.io/v1), their keys, and key servers that speak KMS v2. It promises
 * that bytes are bound to the object they belong to, and tells which of them a newer key should hold. Where bytes are
 * stored it does not know.
 */
export { readEncryptionConfiguration } from './config/read-configuration';
export type * from './config/encryption-configuration';
export { ResourceEncryption, type Opened } from './resource-encryption';
export { openEncryption, type Encryption } from './open-encryption';
