import type { PodTemplate } from '../meta/json-types';
import { labelSetMatcher } from '../meta/label-selector';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import { containerCells } from '../apps/workload-cells';
import { setPodSpecDefaults } from './pod/pod-defaults';
import { validatePodTemplate } from './pod/validation/pod';

export const podTemplateDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  definition: 'io.k8s.api.core.v1.PodTemplate',
  hasGeneration: true,
  strategy: {
    setDefaults: (object: PodTemplate) => {
      if (object.template?.spec) setPodSpecDefaults(object.template.spec, object);
    },
    validate: ({ template }: PodTemplate) => validatePodTemplate(template ?? {}, 'template'),
  },
  columns: [
    nameColumn,
    column('Containers', 'string', 'Names of each container in the template.'),
    column('Images', 'string', 'Images referenced by each container in the template.'),
    column('Pod Labels', 'string', 'The labels for the pod template.'),
    ageColumn,
  ],
  cells: (object: PodTemplate, now: Date) => [
    object.metadata.name,
    ...containerCells(object.template),
    orNone(labelSetMatcher(object.template?.metadata?.labels).toString()),
    age(object, now),
  ],
});
