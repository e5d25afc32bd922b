import { ApiError, ApiObject, badRequest } from '@nestor/api';
import { BodyFormat, bodyFormat, readBody } from '../http/body';
import type { Exchange } from '../http/exchange';
import { scanJson } from '../http/json-syntax';
import { yaml } from '../http/yaml';
import { decodeKubernetesProtobuf } from '@nestor/schema';
import type { ServedResource } from '../registry/served-resource';
import { fitToSchema } from './schema-steps';
import type { FieldValidation } from './write-options';
import type { Caller } from './write-request';

interface Parsed {
  value: unknown;
  duplicates: string[];
}

/** The object in a request body: parsed, of the right kind, checked against its schema's types, unknown fields dropped. */
export async function readObject(
  served: ServedResource,
  exchange: Exchange,
  validation: FieldValidation,
): Promise<ApiObject> {
  const decode = await readObjects(served, exchange, validation);
  return decode();
}

/** The same, as often as it is asked for: each call decodes an object of its own. */
export async function readObjects(
  served: ServedResource,
  exchange: Exchange,
  validation: FieldValidation,
): Promise<() => ApiObject> {
  const format = bodyFormat(exchange.request.headers['content-type']);
  const body = await readBody(exchange.request);
  let isTold = false;
  return () => {
    const { value, duplicates } = parseBody(served.definition.kind, body, format);
    if (!isTold) exchange.audit?.receivedObject(value);
    isTold = true;
    return decodeValue(served, exchange, { value, problems: duplicates.map(duplicateField), validation, body });
  };
}

export const duplicateField = (path: string): string => `duplicate field ${JSON.stringify(path)}`;

export interface Undecoded {
  value: unknown;
  /** What strict decoding has found before the value was an object. */
  problems: string[];
  validation: FieldValidation;
  /** For messages only. */
  body?: Buffer;
  /** The error for what does not fit; of a type error, in the words of the JSON decoder and of the converter. */
  refuse?: (why: string, conversion?: string) => ApiError;
}

export function decodeValue(
  served: ServedResource,
  exchange: Caller,
  { value, problems, validation, body, refuse }: Undecoded,
): ApiObject {
  const { kind } = served.definition;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const why = "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value";
    throw refuse?.(why) ?? unrecognized(kind, why, body);
  }
  const object = value as ApiObject;
  checkType(served, object);
  const { metadata } = object as { metadata?: unknown };
  if (metadata === undefined || metadata === null) object.metadata = {};
  dropEmptyMetadata(object);
  const { unknown, typeError, conversionError } = fitToSchema(served, object);
  const refusal = refuse ?? ((why: string) => cannotBeHandled(served, why));
  if (typeError !== undefined) throw refusal(typeError, conversionError);
  const found = [...problems, ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)];
  if (found.length === 0 || validation === 'Ignore') return object;
  if (validation === 'Strict') throw refusal(`strict decoding error: ${found.join(', ')}`);
  for (const problem of found) exchange.warnings.add(problem);
  return object;
}

/** Go leaves empty maps and lists of ObjectMeta out; what a patch emptied must look as if it had never been. */
function dropEmptyMetadata({ metadata }: ApiObject): void {
  for (const name of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const value: unknown = metadata[name];
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) delete metadata[name];
  }
}

export const cannotBeHandled = ({ definition: { kind, version } }: ServedResource, why: string): ApiError =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);

function checkType({ definition: { kind }, apiVersion }: ServedResource, object: ApiObject): void {
  object.kind ||= kind;
  object.apiVersion ||= apiVersion;
  if (object.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (object.kind !== kind) {
    const version = JSON.stringify(apiVersion.split('/').pop());
    throw badRequest(
      `${object.kind} in version ${version} cannot be handled as a ${kind}: converting (${object.kind}) to (${kind}): unknown conversion`,
    );
  }
}

export function parseBody(kind: string, body: Buffer, format: BodyFormat): Parsed {
  const text = body.toString('utf8');
  if (format === 'protobuf') return { value: parseProtobuf(kind, body), duplicates: [] };
  if (format === 'yaml') return { value: parseYaml(kind, text, body), duplicates: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { error } = scanJson(text);
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${error ?? 'invalid JSON'}`, body);
  }
  // A serialiser's output is as long as its own re-serialisation; only other text can hold a key twice.
  const duplicates = JSON.stringify(value).length >= text.trimEnd().length ? [] : scanJson(text).duplicates;
  return { value, duplicates };
}

function parseProtobuf(kind: string, body: Buffer): unknown {
  try {
    return decodeKubernetesProtobuf(body);
  } catch (error) {
    throw unrecognized(kind, error instanceof Error ? error.message : String(error), body);
  }
}

function parseYaml(kind: string, text: string, body: Buffer): unknown {
  try {
    return yaml().parse(text, { uniqueKeys: false }) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw unrecognized(kind, `error converting YAML to JSON: yaml: ${why}`, body);
  }
}

function unrecognized(kind: string, why: string, body: Buffer | undefined): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`);
}

/** The start of a body for a message: as text where it looks like JSON, else as hex (summarizeData). */
function summary(body: Buffer | undefined): string {
  const limit = 30;
  if (!body || body.length === 0) return '<empty>';
  if (body[0] === 0x7b) return body.length > limit ? `${body.toString('utf8', 0, limit)} ...` : body.toString('utf8');
  return body.length > limit ? `${body.toString('hex', 0, limit)} ...` : body.toString('hex');
}
