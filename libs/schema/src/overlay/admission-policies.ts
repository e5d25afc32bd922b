import { atomic, atomicMaps, each, inPackage, joinOverlays, mapOf, mergeMap, set, struct } from './overlay';
import type { Overlay } from './overlay';

const conditions = mergeMap('name');

function mutating(version: string): Overlay {
  const prefix = `io.k8s.api.admissionregistration.${version}.`;
  return joinOverlays(
    atomicMaps(prefix, 'MatchResources NamedRuleWithOperations ParamKind ParamRef Variable'),
    inPackage(prefix, {
      MatchResources: each('excludeResourceRules resourceRules', atomic),
      NamedRuleWithOperations: each('apiGroups apiVersions operations resourceNames resources', atomic),
      MutatingAdmissionPolicy: { metadata: struct, spec: struct },
      MutatingAdmissionPolicyBinding: { metadata: struct, spec: struct },
      MutatingAdmissionPolicySpec: { matchConditions: conditions, mutations: atomic, variables: atomic },
    }),
  );
}

/** k8s.io/api/admissionregistration: the policies. */
export const admissionPoliciesOverlay: Overlay = joinOverlays(
  mutating('v1'),
  mutating('v1beta1'),
  mutating('v1alpha1'),
  inPackage('io.k8s.api.admissionregistration.v1.', {
    ValidatingAdmissionPolicy: { metadata: struct, spec: struct, status: struct },
    ValidatingAdmissionPolicyBinding: { metadata: struct, spec: struct },
    ValidatingAdmissionPolicyBindingSpec: { validationActions: set },
    ValidatingAdmissionPolicySpec: {
      auditAnnotations: atomic,
      matchConditions: conditions,
      validations: atomic,
      variables: mergeMap('name'),
    },
    ValidatingAdmissionPolicyStatus: { conditions: mapOf('type') },
    TypeChecking: { expressionWarnings: atomic },
  }),
);
