import { parse } from 'yaml';
import type { Shape } from './strict-shape';

export interface ConfigurationForm {
  kind: string;
  apiVersions: readonly string[];
  shape: Shape;
}

/** The document in a text, of the kind it must be and with no field that the kind has not; `refuse` makes the error of a reason. */
export function decodeConfiguration(
  content: string,
  { kind, apiVersions, shape }: ConfigurationForm,
  refuse: (why: string) => Error,
): unknown {
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const said = (value ?? {}) as Record<string, unknown>;
  if (said['kind'] !== kind || !apiVersions.includes(String(said['apiVersion']))) {
    throw refuse(`must be of kind ${kind} and of apiVersion ${apiVersions.join(' or ')}`);
  }
  const misfits = shape(value, '');
  if (misfits.length > 0) throw refuse(`strict decoding error: ${misfits.join(', ')}`);
  return value;
}
