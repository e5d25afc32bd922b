import { appsOverlay } from './apps';
import { apiextensionsOverlay } from './apiextensions';
import { coreOverlay } from './core';
import { admissionPoliciesOverlay } from './admission-policies';
import { admissionregistrationOverlay } from './admissionregistration';
import { autoscalingOverlay } from './autoscaling';
import { batchOverlay } from './batch';
import { certificatesOverlay } from './certificates';
import { dynamicResourceOverlay } from './dynamic-resources';
import { networkingOverlay } from './networking';
import { policyOverlay } from './policy';
import { rbacOverlay } from './rbac';
import { schedulingOverlay } from './scheduling';
import { storageOverlay } from './storage';
import { persistentVolumeOverlay } from './persistent-volumes';
import { quotaOverlay } from './quotas';
import { apiregistrationOverlay } from './apiregistration';
import { nodeGroupOverlay } from './node-group';
import { fieldDescriptions } from './field-descriptions';
import { metaOverlay } from './meta';
import { nodeOverlay } from './node';
import { otherGroupsOverlay } from './other-groups';
import { joinOverlays } from './overlay';
import { podOverlay } from './pod';
import { volumeOverlay } from './volumes';

/** Everything the generated shapes lack, by definition: list and map types, merge keys, defaults, Go's names. */
export const overlay = joinOverlays(
  metaOverlay,
  coreOverlay,
  podOverlay,
  volumeOverlay,
  nodeOverlay,
  appsOverlay,
  apiextensionsOverlay,
  otherGroupsOverlay,
  admissionregistrationOverlay,
  admissionPoliciesOverlay,
  autoscalingOverlay,
  batchOverlay,
  certificatesOverlay,
  dynamicResourceOverlay,
  networkingOverlay,
  policyOverlay,
  rbacOverlay,
  schedulingOverlay,
  storageOverlay,
  persistentVolumeOverlay,
  quotaOverlay,
  apiregistrationOverlay,
  nodeGroupOverlay,
  fieldDescriptions,
);
