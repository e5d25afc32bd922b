import { Module } from '@nestjs/common';
import { BootstrapSignerReconciler } from './bootstrap-signer.reconciler';
import { TokenCleanerReconciler } from './token-cleaner.reconciler';

@Module({ providers: [BootstrapSignerReconciler, TokenCleanerReconciler] })
export class BootstrapTokensModule {}
