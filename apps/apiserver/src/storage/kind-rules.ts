import { dns1035Name, labelName, ObjectNameCheck, pathSegmentName, subdomainName } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';

// What the generic strategy of upstream says per kind and the definition does not carry.

const nameChecks: Readonly<Record<string, ObjectNameCheck>> = {
  namespaces: labelName,
  services: dns1035Name,
  'roles.rbac.authorization.k8s.io': pathSegmentName,
  'rolebindings.rbac.authorization.k8s.io': pathSegmentName,
  'clusterroles.rbac.authorization.k8s.io': pathSegmentName,
  'clusterrolebindings.rbac.authorization.k8s.io': pathSegmentName,
};
/** PUT to a name that does not exist makes it (AllowCreateOnUpdate). */
const createOnUpdate: ReadonlySet<string> = new Set([
  'leases.coordination.k8s.io',
  'endpoints',
  'services',
  'events',
  'events.events.k8s.io',
  'limitranges',
]);
/** A PUT must carry a resourceVersion (AllowUnconditionalUpdate is false). */
const conditionalOnly: ReadonlySet<string> = new Set([
  'leases.coordination.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

export const nameCheckOf = ({ key, definition }: ServedResource): ObjectNameCheck =>
  (definition as { nameCheck?: ObjectNameCheck }).nameCheck ?? nameChecks[key] ?? subdomainName;
export const mayCreateOnUpdate = ({ key }: ServedResource): boolean => createOnUpdate.has(key);
export const needsResourceVersion = ({ key, definition }: ServedResource): boolean =>
  definition.custom === true || conditionalOnly.has(key);
