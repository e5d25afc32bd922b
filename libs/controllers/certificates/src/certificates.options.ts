export const CERTIFICATES_OPTIONS = Symbol('certificates options');

export interface CertificatesOptions {
  /** PEM files of the authority that signs; without them nothing is signed. */
  certificateFile?: string;
  keyFile?: string;
  /** How long certificates are good at most. */
  signingSeconds?: number;
}
