import type { PodTemplateSpec } from '../meta/json-types';
import { wideColumn } from '../registry/define-kind';

/** The wide columns every workload ends with. */
export const workloadColumns = [
  wideColumn('Containers', 'string', 'Names of each container in the template.'),
  wideColumn('Images', 'string', 'Images referenced by each container in the template.'),
  wideColumn('Selector'),
];

export function containerCells(template: PodTemplateSpec | undefined): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')];
}
