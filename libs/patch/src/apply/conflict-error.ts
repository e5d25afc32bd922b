import type { ApiError } from '@nestor/api';
import { applyConflict } from '../patch-error';
import { pathsOf, type FieldSet } from './field-set';
import type { Managers, Ownership } from './managed-fields';
import { formatPath } from './path-element';

function describe(of: Ownership): string {
  const name =
    JSON.stringify(of.manager) + (of.subresource ? ` with subresource ${JSON.stringify(of.subresource)}` : '');
  return of.operation === 'Update' ? `${name} using ${of.apiVersion}` : name;
}

/** The 409 that lists who owns what the apply would change. */
export function conflictError(managers: Managers, conflicts: ReadonlyMap<string, FieldSet>): ApiError {
  const all = [...conflicts]
    .map(([key, fields]) => ({
      name: describe(managers.get(key)!),
      paths: [...pathsOf(fields)].map(formatPath).sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const causes = all.flatMap(({ name, paths }) =>
    paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${name}`, field: path })),
  );
  const only = all[0]!;
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: conflict with ${only.name}: ${only.paths[0]}`
      : `Apply failed with ${causes.length} conflicts: ${all
          .map(({ name, paths }) => [`conflicts with ${name}:`, ...paths.map((path) => `- ${path}`)].join('\n'))
          .join('\n')}`;
  return applyConflict(message, causes);
}
