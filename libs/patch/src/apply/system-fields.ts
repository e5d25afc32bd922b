import { fieldSetOf } from './field-set';

/** Fields nobody owns (managedfields stripMeta): the object's identity and what the server alone writes. */
export const systemFields = {
  root: new Set(['apiVersion', 'kind']),
  metadata: new Set([
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ]),
};

export const systemFieldSet = fieldSetOf([
  ['f:metadata'],
  ...[...systemFields.root].map((name) => [`f:${name}`]),
  ...[...systemFields.metadata].map((name) => ['f:metadata', `f:${name}`]),
]);
