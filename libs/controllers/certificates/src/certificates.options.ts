export const CERTIFICATES_OPTIONS = Symbol('certificates options');

/** PEM files of an authority. They are read at each signing, so a new authority needs no restart. */
export interface AuthorityFiles {
  certificateFile: string;
  keyFile: string;
}

export interface CertificatesOptions {
  /** Who signs for all built-in signers. */
  authority?: AuthorityFiles;
  /** Who signs for the signer of this name. What is for a signer without an authority is left unsigned. */
  authorities?: ReadonlyMap<string, AuthorityFiles>;
  /** How long certificates are good at most. */
  signingSeconds?: number;
}
