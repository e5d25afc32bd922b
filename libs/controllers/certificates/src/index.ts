/** Approves kubelets' certificate requests, issues what was approved for the built-in signers, deletes what is done. */
export { CertificatesModule } from './certificates.module';
export type { AuthorityFiles, CertificatesOptions } from './certificates.options';
