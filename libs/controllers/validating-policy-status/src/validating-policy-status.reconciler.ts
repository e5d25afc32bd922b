import { Injectable } from '@nestjs/common';
import { isConflict, isNotFound, type CustomResourceDefinition, type ValidatingAdmissionPolicy } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { knownTypes } from './known-types';
import { expressionWarnings, type KnownTypes } from './type-check.plan';

/** Checks each generation of a policy once. */
@Reconciler({
  name: 'validatingadmissionpolicy-status-controller',
  for: 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy',
})
@Injectable()
export class ValidatingPolicyStatusReconciler implements ReconcilesObjects {
  private readonly policies: Informer<ValidatingAdmissionPolicy>;
  private readonly definitions: Informer<CustomResourceDefinition>;
  private readonly client: ResourceClient<ValidatingAdmissionPolicy>;
  private readonly types: KnownTypes;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.policies = informers.informer(refs.validatingAdmissionPolicies);
    this.definitions = informers.informer(refs.customResourceDefinitions);
    this.client = client.resource(refs.validatingAdmissionPolicies);
    this.types = knownTypes(() => this.definitions.lister.list());
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const policy = this.policies.lister.get('', name);
    const { generation = 0 } = policy?.metadata ?? {};
    if (!policy || generation <= (policy.status?.observedGeneration ?? 0)) return;
    const warnings = expressionWarnings(policy, this.types);
    const typeChecking = warnings.length > 0 ? { expressionWarnings: warnings } : {};
    const status = { ...policy.status, observedGeneration: generation, typeChecking };
    try {
      await this.client.updateStatus({ ...policy, status } as ValidatingAdmissionPolicy);
    } catch (error) {
      // Changed in between: the change brings the policy back here.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
