import { join } from 'node:path';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { ApiClientConfig, Option } from '@nestor/config';

/** How the kubelet comes by its certificates. */
export class CertificatesConfig extends ApiClientConfig {
  @Option({
    description:
      'Kubeconfig to ask for a client certificate with, where --kubeconfig has no good one; that is written then',
  })
  @IsOptional()
  @IsString()
  bootstrapKubeconfig?: string;

  @Option({ description: 'Folder of the certificates that the kubelet gets (default: pki in the root directory)' })
  @IsOptional()
  @IsString()
  certDir?: string;

  @Option({ description: 'Renew the client certificate before it ends' })
  @IsBoolean()
  rotateCertificates: boolean = false;

  @Option({
    flag: 'rotate-server-certificates',
    description: 'Ask the cluster for the certificate of the kubelet API, and renew it before it ends',
  })
  @IsBoolean()
  serverTLSBootstrap: boolean = false;
}

export function certDirectory({ certDir, rootDir }: { certDir?: string; rootDir: string }): string {
  return certDir ?? join(rootDir, 'pki');
}
