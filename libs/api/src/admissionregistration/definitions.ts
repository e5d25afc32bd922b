import type { ResourceDefinition } from '../resource-definition';
import {
  mutatingWebhookConfigurationDefinition,
  validatingWebhookConfigurationDefinition,
} from './webhooks/webhook-configuration';

export const admissionregistrationDefinitions: readonly ResourceDefinition[] = [
  mutatingWebhookConfigurationDefinition,
  validatingWebhookConfigurationDefinition,
];
