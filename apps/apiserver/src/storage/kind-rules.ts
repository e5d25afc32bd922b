import { ObjectNameCheck, subdomainName } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';

// What the generic strategy of upstream says per kind and the definition does not carry.

/** A PUT must carry a resourceVersion (AllowUnconditionalUpdate is false). */
const conditionalOnly: ReadonlySet<string> = new Set([
  'leases.coordination.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'poddisruptionbudgets.policy',
  'apiservices.apiregistration.k8s.io',
]);

export const nameCheckOf = ({ definition: { strategy } }: ServedResource): ObjectNameCheck =>
  strategy.nameCheck ?? subdomainName;
export const mayCreateOnUpdate = ({ definition: { strategy } }: ServedResource): boolean =>
  strategy.allowCreateOnUpdate === true;
export const needsResourceVersion = ({ key, definition }: ServedResource): boolean =>
  definition.custom === true || conditionalOnly.has(key);
