import type { ValidatingAdmissionPolicy } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { ValidatingPolicyStatusModule } from './validating-policy-status.module';

describe('ValidatingPolicyStatusReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ValidatingPolicyStatusModule] });
  });
  afterAll(() => bed?.stop());

  it('checks every generation', async () => {
    const policies = bed.client.resource(refs.validatingAdmissionPolicies);
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };
    const policy = (expression: string) =>
      ({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'checked' },
        spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression }] },
      }) as ValidatingAdmissionPolicy;
    const status = async () => (await policies.get('checked')).status;
    await policies.create(policy('object.spec.nothing == 1'));
    await eventually(async () => {
      const { observedGeneration, typeChecking } = (await status()) ?? {};
      expect(observedGeneration).toBe(1);
      expect(typeChecking?.expressionWarnings?.[0]?.fieldRef).toBe('spec.validations[0].expression');
      expect(typeChecking?.expressionWarnings?.[0]?.warning).toContain("undefined field 'nothing'");
    });
    const { metadata } = await policies.get('checked');
    const { resourceVersion } = metadata;
    await policies.update({ ...policy('object.spec.replicas == 1'), metadata: { name: 'checked', resourceVersion } });
    await eventually(async () => {
      const { observedGeneration, typeChecking } = (await status()) ?? {};
      expect(observedGeneration).toBe(2);
      expect(typeChecking?.expressionWarnings ?? []).toEqual([]);
    });
  });
});
