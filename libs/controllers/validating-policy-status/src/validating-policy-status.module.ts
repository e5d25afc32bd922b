import { Module } from '@nestjs/common';
import { ValidatingPolicyStatusReconciler } from './validating-policy-status.reconciler';

@Module({ providers: [ValidatingPolicyStatusReconciler] })
export class ValidatingPolicyStatusModule {}
