import { badRequest, field, FieldError, invalid } from '@nestor/api';
import { bodyFormat, readBody } from '../http/body';
import type { Exchange } from '../http/exchange';
import { isTrue } from '../http/request-info';
import { yaml } from '../http/yaml';
import { decodeKubernetesProtobuf } from '@nestor/schema';
import { readDryRun } from './write-options';

export interface DeleteOptions {
  dryRun: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  orphanDependents?: boolean;
  preconditions: { uid?: string; resourceVersion?: string };
}

/** As admission is shown them. */
export const deleteOptionsObject = ({ dryRun, preconditions, ...rest }: DeleteOptions): Record<string, unknown> => ({
  kind: 'DeleteOptions',
  apiVersion: 'meta.k8s.io/v1',
  ...rest,
  ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
  ...(dryRun ? { dryRun: ['All'] } : {}),
});

const policies = ['Orphan', 'Background', 'Foreground'] as const;

/** DeleteOptions from the body, or from the query where there is no body (rest.deletionOptions). */
export async function readDeleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const body = await readBody(exchange.request);
  const given = body.length > 0 ? parseOptions(exchange, body) : queryOptions(exchange.query);
  if (body.length > 0) exchange.audit?.receivedObject(given);
  return deleteOptionsOf(given, exchange.query.getAll('dryRun'));
}

/** The same of options that came inside another object. `dryRun` is the query's. */
export function deleteOptionsOf(given: Given, dryRunQuery: readonly string[]): DeleteOptions {
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents, gracePeriodSeconds } = given;
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(
      field.invalid(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  }
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(field.notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    throw badRequest(`json: cannot unmarshal into Go struct field DeleteOptions.gracePeriodSeconds of type int64`);
  }
  const dryRun = readDryRun([...(given.dryRun ?? []), ...dryRunQuery], errors);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return {
    dryRun,
    // A negative period means the shortest there is.
    gracePeriodSeconds: gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds,
    propagationPolicy,
    orphanDependents,
    preconditions: given.preconditions ?? {},
  };
}

export type Given = Partial<Omit<DeleteOptions, 'dryRun'>> & { dryRun?: string[]; kind?: string };

function parseOptions(exchange: Exchange, body: Buffer): Given {
  try {
    const text = body.toString('utf8');
    const format = bodyFormat(exchange.request.headers['content-type']);
    const value = (
      format === 'protobuf' ? decodeKubernetesProtobuf(body) : format === 'yaml' ? yaml().parse(text) : JSON.parse(text)
    ) as Record<string, unknown> | null;
    const clean = Object.entries(value ?? {}).filter(([, part]) => part !== null);
    return Object.fromEntries(clean);
  } catch (error) {
    throw badRequest(`couldn't decode DeleteOptions: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function queryOptions(query: URLSearchParams): Given {
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(orphan ? { orphanDependents: isTrue(orphan) } : {}),
    propagationPolicy: (query.get('propagationPolicy') || undefined) as DeleteOptions['propagationPolicy'],
  };
}
