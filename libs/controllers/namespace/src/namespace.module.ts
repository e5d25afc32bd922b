import { Module } from '@nestjs/common';
import { NamespaceReconciler } from './namespace.reconciler';

@Module({ providers: [NamespaceReconciler] })
export class NamespaceModule {}
