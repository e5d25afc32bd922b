/**
 * The certificate authority of a cluster and what it issues: server and client certificates (ECDSA P-256), the
 * service account signing key, and kubeconfig files that carry an identity.
 *
 * `createClusterPki` writes a whole cluster's files once and finds them again afterwards; what nears its end is renewed.
 */
export {
  createAuthority,
  createSelfSigned,
  issueCertificate,
  type Authority,
  type CertificateRequest,
  type KeyPair,
} from './authority';
export {
  authorityHash,
  bootstrapTokenIdPattern,
  createBootstrapToken,
  detachedSignature,
  isSignedBy,
  parseAuthorityHash,
  parseBootstrapToken,
  signaturePrefix,
} from './bootstrap-token';
export { createKey, createRequest, digestedName, isUsableKey, type RequestTemplate } from './create-request';
export { readRequest, signRequest, type RequestedCertificate, type SigningTerms } from './sign-request';
export { createServiceAccountKey } from './service-account-key';
export { clusterIdentities, nodeIdentity, type Identity } from './identities';
export { createClusterPki, ClusterPki, frontProxyName, type ClusterPkiSettings } from './cluster-pki';
export { clusterCertificates, renewCertificate, type ClusterCertificate } from './cluster-certificates';
export { isDueForRenewal, lifeOf, rotationDeadline, type CertificateLife } from './certificate-life';
export { writePair, writeWhole, type PemFiles } from './pem-files';
export { kubeconfigText, writeKubeconfig, type KubeconfigSettings } from './kubeconfig';
