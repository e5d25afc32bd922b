import type { ResourceDefinition } from '../resource-definition';
import { mutatingAdmissionPolicyDefinitions } from './policies/mutating-admission-policy';
import {
  validatingAdmissionPolicyBindingDefinition,
  validatingAdmissionPolicyDefinition,
} from './policies/validating-admission-policy';
import {
  mutatingWebhookConfigurationDefinition,
  validatingWebhookConfigurationDefinition,
} from './webhooks/webhook-configuration';

export const admissionregistrationDefinitions: readonly ResourceDefinition[] = [
  mutatingWebhookConfigurationDefinition,
  validatingWebhookConfigurationDefinition,
  validatingAdmissionPolicyDefinition,
  validatingAdmissionPolicyBindingDefinition,
  ...mutatingAdmissionPolicyDefinitions,
];
