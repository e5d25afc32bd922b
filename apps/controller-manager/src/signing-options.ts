import type { AuthorityFiles, CertificatesOptions } from '@nestor/controllers-certificates';
import type { SigningConfig } from './signing.config';

/** Throws where an authority for all signers and one for a single signer are named together, or a key is missing. */
export function signingOptions(config: SigningConfig): CertificatesOptions {
  const authority = filesOf('cluster-signing', config.clusterSigningCertFile, config.clusterSigningKeyFile);
  const authorities = new Map(signers(config).flatMap(([signer, files]) => (files ? [[signer, files] as const] : [])));
  if (authority && authorities.size > 0) {
    throw new Error(
      'cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at once',
    );
  }
  return { authority, authorities, signingSeconds: config.clusterSigningDuration };
}

function signers(config: SigningConfig): [signer: string, files: AuthorityFiles | undefined][] {
  const of = (flag: string, cert?: string, key?: string) => filesOf(`cluster-signing-${flag}`, cert, key);
  return [
    [
      'kubernetes.io/kube-apiserver-client',
      of(
        'kube-apiserver-client',
        config.clusterSigningKubeApiserverClientCertFile,
        config.clusterSigningKubeApiserverClientKeyFile,
      ),
    ],
    [
      'kubernetes.io/kube-apiserver-client-kubelet',
      of('kubelet-client', config.clusterSigningKubeletClientCertFile, config.clusterSigningKubeletClientKeyFile),
    ],
    [
      'kubernetes.io/kubelet-serving',
      of('kubelet-serving', config.clusterSigningKubeletServingCertFile, config.clusterSigningKubeletServingKeyFile),
    ],
    [
      'kubernetes.io/legacy-unknown',
      of('legacy-unknown', config.clusterSigningLegacyUnknownCertFile, config.clusterSigningLegacyUnknownKeyFile),
    ],
  ];
}

function filesOf(flag: string, certificateFile?: string, keyFile?: string): AuthorityFiles | undefined {
  if (!certificateFile && !keyFile) return undefined;
  if (!certificateFile || !keyFile)
    throw new Error(`--${flag}-cert-file and --${flag}-key-file must be given together`);
  return { certificateFile, keyFile };
}
