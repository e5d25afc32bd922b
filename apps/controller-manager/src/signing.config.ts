import { IsInt, IsOptional, IsString, Min } from 'class-validator';
import { ApiClientConfig, Option } from '@nestor/config';

const certificateOf = (signer: string): string =>
  `PEM file of the authority for the signer kubernetes.io/${signer}; then --cluster-signing-{cert,key}-file must not be set`;
const keyOf = (signer: string): string => `PEM file of the key for the signer kubernetes.io/${signer}`;

/** What certificate requests are signed with: one authority for all built-in signers, or one for each. */
export class SigningConfig extends ApiClientConfig {
  @Option({ description: 'PEM file of the authority that signs certificate requests; without it none are signed' })
  @IsOptional()
  @IsString()
  clusterSigningCertFile?: string;

  @Option({ description: "PEM file of that authority's key" })
  @IsOptional()
  @IsString()
  clusterSigningKeyFile?: string;

  @Option({ description: certificateOf('kube-apiserver-client') })
  @IsOptional()
  @IsString()
  clusterSigningKubeApiserverClientCertFile?: string;

  @Option({ description: keyOf('kube-apiserver-client') })
  @IsOptional()
  @IsString()
  clusterSigningKubeApiserverClientKeyFile?: string;

  @Option({ description: certificateOf('kube-apiserver-client-kubelet') })
  @IsOptional()
  @IsString()
  clusterSigningKubeletClientCertFile?: string;

  @Option({ description: keyOf('kube-apiserver-client-kubelet') })
  @IsOptional()
  @IsString()
  clusterSigningKubeletClientKeyFile?: string;

  @Option({ description: certificateOf('kubelet-serving') })
  @IsOptional()
  @IsString()
  clusterSigningKubeletServingCertFile?: string;

  @Option({ description: keyOf('kubelet-serving') })
  @IsOptional()
  @IsString()
  clusterSigningKubeletServingKeyFile?: string;

  @Option({ description: certificateOf('legacy-unknown') })
  @IsOptional()
  @IsString()
  clusterSigningLegacyUnknownCertFile?: string;

  @Option({ description: keyOf('legacy-unknown') })
  @IsOptional()
  @IsString()
  clusterSigningLegacyUnknownKeyFile?: string;

  @Option({ description: 'Seconds that a signed certificate is good for at most' })
  @IsInt()
  @Min(1)
  clusterSigningDuration: number = 31_536_000;
}
