import { ageSince, ApiObject, badRequest, field, invalid, scaleOf, unknownPath } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { bodyFormat, readBody } from '../http/body';
import { negotiate } from '../http/media-type';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { cacheAt, missing } from '../storage/cached-reads';
import { privateCopy } from '../storage/canonical-body';
import { parseBody } from '../storage/decode';
import { admitBody } from '../storage/admit-body';
import { guaranteedUpdate } from '../storage/guaranteed-update';
import { applyPatch, readPatch } from '../storage/patch';
import type { StorageContext } from '../storage/storage-context';
import { partialMetadata } from '../storage/table';
import { bytesAt } from '../storage/versioned-bytes';
import { FieldValidation, writeOptions } from '../storage/write-options';
import { writeRequest } from '../storage/write-request';

const kind = { group: 'autoscaling', kind: 'Scale' };
const scaleForms = ['Table'];

export async function readScale(storage: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const { namespace, name } = exchange.info;
  const found = (await cacheAt(storage, served.key, exchange.query.get('resourceVersion') ?? '')).get(namespace, name);
  if (!found) throw missing(served, name);
  sendScale(exchange, scaleFor(served, privateCopy(bytesAt(served, found))));
}

/** PUT or PATCH of the Scale: reads the object as a Scale, changes that, and writes the replicas back. */
export async function writeScale(storage: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  negotiate(exchange.request.headers.accept, scaleForms);
  const isPatch = exchange.info.verb === 'patch';
  const options = writeOptions(exchange, isPatch ? 'PatchOptions' : 'UpdateOptions');
  const change = isPatch ? await patchedScale(served, exchange, options.fieldValidation) : await sentScale(exchange);
  const request = writeRequest(served, exchange, options);
  const written = await guaranteedUpdate(storage, request, {
    change: async (current) => {
      const old = scaleFor(served, current);
      const scale = change(structuredClone(old));
      await admitBody(storage, request, 'UPDATE', { object: scale, old, kind: { ...kind, version: 'v1' } });
      const replicas = (scale['spec'] as { replicas?: unknown } | undefined)?.replicas ?? 0;
      checkReplicas(request.name, replicas);
      const { resourceVersion, uid } = scale.metadata;
      const object = withValueAt(current, served.definition.scale?.specReplicasPath ?? [], replicas);
      if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
      if (uid) object.metadata.uid = uid;
      return { object, admitted: true };
    },
  });
  sendScale(exchange, scaleFor(served, privateCopy(written.bytes)));
}

type ScaleChange = (current: ApiObject) => ApiObject;

async function sentScale(exchange: Exchange): Promise<ScaleChange> {
  const format = bodyFormat(exchange.request.headers['content-type']);
  const { value } = parseBody('Scale', await readBody(exchange.request), format);
  const scale = value as ApiObject;
  if (typeof scale !== 'object' || scale === null)
    throw badRequest('the object provided is unrecognized (must be of type Scale)');
  return () => ({ ...scale, metadata: scale.metadata ?? {} });
}

async function patchedScale(
  served: ServedResource,
  exchange: Exchange,
  validation: FieldValidation,
): Promise<ScaleChange> {
  const { form, patch } = await readPatch(served, exchange, validation);
  // A Scale has no lists to merge by key, so every other form is a merge patch here.
  return (current) => structuredClone(applyPatch(served, { form: form === 'json' ? 'json' : 'merge', patch }, current));
}

function checkReplicas(name: string, replicas: unknown): void {
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32',
    );
  }
  if (replicas < 0)
    throw invalid(kind, name, [field.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
}

const columns = [
  { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
  { name: 'Desired', type: 'integer', format: '', description: '', priority: 0 },
  { name: 'Available', type: 'integer', format: '', description: '', priority: 0 },
  { name: 'Age', type: 'string', format: '', description: '', priority: 0 },
];

function sendScale(exchange: Exchange, scale: ApiObject): void {
  const accepted = negotiate(exchange.request.headers.accept, scaleForms);
  if (accepted.as !== 'Table') {
    sendObject(exchange, 200, scale, accepted);
    return;
  }
  const replicas = (part: 'spec' | 'status'): unknown => (scale[part] as { replicas?: number } | undefined)?.replicas;
  const { name, creationTimestamp, resourceVersion } = scale.metadata;
  const cells = [name, replicas('spec'), replicas('status'), ageSince(creationTimestamp, new Date())];
  sendObject(
    exchange,
    200,
    {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${accepted.version || 'v1'}`,
      metadata: { resourceVersion },
      columnDefinitions: columns,
      rows: [{ cells, object: partialMetadata(scale, accepted.version) }],
    },
    accepted,
  );
}

function scaleFor({ definition }: ServedResource, object: ApiObject): ApiObject {
  if (!definition.scale) throw unknownPath();
  return scaleOf(object, definition.scale);
}

function withValueAt(object: ApiObject, path: readonly string[], value: unknown): ApiObject {
  let place: Record<string, unknown> = object;
  for (const key of path.slice(0, -1)) place = (place[key] ??= {}) as Record<string, unknown>;
  place[path[path.length - 1] ?? ''] = value;
  return object;
}
