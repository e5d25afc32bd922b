import { field, FieldError, invalid } from '@nestor/api';
import { fieldManagerOf } from '@nestor/patch';
import type { Exchange } from '../http/exchange';
import { isTrue } from '../http/request-info';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The query parameters every write takes. */
export interface WriteOptions {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: FieldValidation;
  force: boolean;
  /** What of it the client said itself: admission sees that, without what the server added. */
  sent: { fieldManager?: string; fieldValidation?: string };
}

export function writeOptions(
  exchange: Exchange,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteOptions {
  const { query, request } = exchange;
  const manager = query.get('fieldManager') ?? '';
  const errors: FieldError[] = [];
  if (manager.length > 128) errors.push(field.tooLong('fieldManager', 128));
  for (const character of manager) {
    if (character < ' ' || character === '\x7f') {
      errors.push(field.invalid('fieldManager', manager, 'should only contain printable characters'));
      break;
    }
  }
  const validation = query.get('fieldValidation') || 'Warn';
  if (!isFieldValidation(validation)) {
    errors.push(field.notSupported('fieldValidation', validation, ['', 'Ignore', 'Warn', 'Strict']));
  }
  const dryRun = readDryRun(query.getAll('dryRun'), errors);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun,
    fieldManager: fieldManagerOf(manager, request.headers['user-agent']),
    fieldValidation: validation as FieldValidation,
    force: isTrue(query.get('force')),
    sent: {
      ...(manager ? { fieldManager: manager } : {}),
      ...(query.get('fieldValidation') ? { fieldValidation: validation } : {}),
    },
  };
}

const isFieldValidation = (text: string): text is FieldValidation => ['Ignore', 'Warn', 'Strict'].includes(text);

export function readDryRun(values: readonly string[], errors: FieldError[]): boolean {
  const given = values.filter((value) => value !== '');
  if (given.some((value) => value !== 'All')) errors.push(field.notSupported('dryRun', given, ['All']));
  return given.includes('All');
}

export function requireApplyManager(query: URLSearchParams): void {
  if (query.get('fieldManager')) return;
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    field.required('fieldManager', 'is required for apply patch'),
  ]);
}
