import { Module, type DynamicModule } from '@nestjs/common';
import { CertificateApprovingReconciler } from './approving.reconciler';
import { CERTIFICATES_OPTIONS, type CertificatesOptions } from './certificates.options';
import { CertificateCleaningReconciler } from './cleaning.reconciler';
import { KubeletServingApprovingReconciler } from './serving-approving.reconciler';
import { CertificateSigningReconciler } from './signing.reconciler';

@Module({})
export class CertificatesModule {
  static forRoot(options: CertificatesOptions = {}): DynamicModule {
    return {
      module: CertificatesModule,
      providers: [
        { provide: CERTIFICATES_OPTIONS, useValue: options },
        CertificateApprovingReconciler,
        KubeletServingApprovingReconciler,
        CertificateSigningReconciler,
        CertificateCleaningReconciler,
      ],
    };
  }
}
