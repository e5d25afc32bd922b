import { ApiObject, badRequest, field, invalid, notFound, unsupportedMediaType } from '@nestor/api';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  checkApplyPatch,
  serverSideApply,
  unreadableApply,
} from '@nestor/patch';
import { readBody } from '../http/body';
import type { Exchange } from '../http/exchange';
import { yaml } from '../http/yaml';
import type { ServedResource } from '../registry/served-resource';
import { createFrom } from './create';
import { decodeValue } from './decode';
import { decodePatched } from './decode-patched';
import { Change, guaranteedUpdate } from './guaranteed-update';
import { parsePatch, ParsedPatch } from './parse-patch';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { checkIdentity } from './update';
import { FieldValidation, requireApplyManager, WriteOptions, writeOptions } from './write-options';
import { WriteRequest, writeRequest } from './write-request';

const types = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const;
export type PatchForm = (typeof types)[keyof typeof types];

export interface ReadPatch extends ParsedPatch {
  form: PatchForm;
}

export async function patchObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const options = writeOptions(exchange, 'PatchOptions');
  const read = await readPatch(served, exchange, options.fieldValidation);
  const request = writeRequest(served, exchange, options);
  if (read.form === 'apply') {
    await applyObject(context, request, { exchange, patch: read.patch });
    return;
  }
  const written = await guaranteedUpdate(context, request, {
    change: (current) => ({ object: patched(request, read, current) }),
  });
  sendWritten(exchange, served, written);
}

export async function readPatch(
  served: ServedResource,
  { request, audit }: Exchange,
  validation: FieldValidation,
): Promise<ReadPatch> {
  const form = formOf(served, request.headers['content-type']);
  const text = (await readBody(request)).toString('utf8');
  const read = form === 'apply' ? { patch: parseApply(text), problems: [] } : parsePatch(form, text, validation);
  audit?.receivedPatch(read.patch);
  return { form, ...read };
}

function formOf({ definition }: ServedResource, header: string | undefined): PatchForm {
  const type = (header ?? '').split(';', 1)[0]?.trim() ?? '';
  // Custom resources have no strategic merge: their schema carries no patch strategy upstream.
  const accepted = Object.keys(types).filter((name) => !definition.custom || !name.includes('strategic'));
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  return types[type as keyof typeof types];
}

function parseApply(text: string): unknown {
  try {
    return yaml().parse(text, { uniqueKeys: false }) as unknown;
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One of the three patches, and the result decoded as a body would be. */
function patched(request: WriteRequest, { form, patch, problems }: ReadPatch, current: ApiObject): ApiObject {
  const { served, exchange, options } = request;
  const decoded = decodePatched(served, exchange, {
    // Parts of the result may be the patch's own; the next attempt must find it unchanged. The object is ours already.
    make: () => applyPatch(served, { form, patch: structuredClone(patch) }, current),
    strategic: form === 'strategic' ? patch : undefined,
    problems,
    validation: options.fieldValidation,
  });
  checkIdentity(request, decoded);
  return decoded;
}

export function applyPatch(
  served: ServedResource,
  { form, patch }: Pick<ReadPatch, 'form' | 'patch'>,
  current: ApiObject,
): ApiObject {
  switch (form) {
    case 'json':
      return applyJsonPatch(current, patch);
    case 'strategic':
      return applyStrategicMergePatch(served.schema, current, patch);
    default:
      return applyMergePatch(current, patch);
  }
}

async function applyObject(
  context: StorageContext,
  request: WriteRequest,
  { exchange, patch }: { exchange: Exchange; patch: unknown },
): Promise<void> {
  const { served, options } = request;
  requireApplyManager(exchange.query);
  const applied = decodeApplied(served, exchange, patch);
  checkIdentity(request, applied);
  const merged = (live?: ApiObject): ReturnType<typeof serverSideApply> =>
    serverSideApply({ ...applyContext(request, options), live, applied, force: options.force });
  const written = await guaranteedUpdate(context, request, {
    change: (current): Change => {
      checkVersion(request, applied, current);
      const result = merged(current);
      return { object: structuredClone(result.object), managed: true, unchanged: !result.changed };
    },
    create: async () => {
      if (request.subresource !== '') throw notFound(served.groupResource, request.name);
      if (applied.metadata.uid) {
        throw invalid(served.groupKind, request.name, [
          field.forbidden('metadata.uid', 'cannot be set for an object to be created'),
        ]);
      }
      const result = merged();
      return createFrom(context, request, structuredClone(result.object), true);
    },
  });
  sendWritten(exchange, served, written);
}

/** Unknown fields and wrong types are refused by the schema apply merges with, whatever fieldValidation says. */
function decodeApplied(served: ServedResource, exchange: Exchange, patch: unknown): ApiObject {
  if (!isApplied(patch)) {
    const type = Array.isArray(patch) ? 'array' : patch === null ? 'null' : typeof patch;
    const why = `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  if (!patch.apiVersion) throw badRequest('apiVersion must be set');
  const { apiVersion, schema, definition } = served;
  const kind = patch.kind || definition.kind;
  if (kind === definition.kind) checkApplyPatch({ schema, apiVersion, applied: { ...patch, kind } });
  return decodeValue(served, exchange, {
    value: structuredClone(patch),
    problems: [],
    validation: 'Ignore',
    refuse: (why, conversion = why) => unreadableApply(patch, conversion),
  });
}

const isApplied = (patch: unknown): patch is ApiObject =>
  typeof patch === 'object' && patch !== null && !Array.isArray(patch);

function applyContext(
  request: WriteRequest,
  options: WriteOptions,
): Omit<Parameters<typeof serverSideApply>[0], 'applied' | 'force'> {
  const { served, subresource, now } = request;
  const { hasStatus, custom } = served.definition;
  return {
    schema: served.schema,
    manager: options.fieldManager,
    subresource,
    now,
    custom: custom ?? false,
    resetFields: hasStatus ? [[subresource === 'status' ? 'spec' : 'status']] : [],
  };
}

/** An apply that names a resourceVersion or a uid is as conditional as a PUT. The check itself is the update's. */
function checkVersion(_request: WriteRequest, applied: ApiObject, current: ApiObject): void {
  const { resourceVersion } = applied.metadata;
  if (!resourceVersion) delete applied.metadata.resourceVersion;
  else if (resourceVersion !== current.metadata.resourceVersion) current.metadata.resourceVersion = resourceVersion;
}
