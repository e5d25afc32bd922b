import { randomUUID } from 'node:crypto';
import {
  alreadyExists,
  ApiObject,
  badRequest,
  FieldError,
  generateName,
  invalid,
  methodNotSupported,
  validateObjectMeta,
} from '@nestor/api';
import { trackUpdate } from '@nestor/patch';
import { currentTraceparent, traceparentAnnotation } from '@nestor/telemetry';
import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import { newestCache } from './cached-reads';
import { commit, dryWritten, Written } from './commit';
import { readObject } from './decode';
import { nameCheckOf } from './kind-rules';
import { applyDefaults, schemaErrors } from './schema-steps';
import { sendWritten } from './send-written';
import type { StorageContext } from './storage-context';
import { writeOptions } from './write-options';
import { admissionRequest, strategyContext, WriteRequest, writeRequest } from './write-request';

/** A generated name that is taken is tried again with another suffix, as often as upstream does. */
const nameAttempts = 8;

export async function createObject(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const { namespaced } = served.definition;
  if (namespaced && exchange.info.namespace === '') throw methodNotSupported(served.groupResource, 'POST');
  const options = writeOptions(exchange, 'CreateOptions');
  const object = await readObject(served, exchange, options.fieldValidation);
  const request = writeRequest(served, exchange, options);
  const written = await createFrom(context, request, object);
  sendWritten(exchange, served, written, 201);
}

/** Everything between a decoded object and its commit. `managed` when server-side apply has set managedFields already. */
export async function createFrom(
  context: StorageContext,
  request: WriteRequest,
  object: ApiObject,
  managed = false,
): Promise<Written> {
  const { served, options } = request;
  placeInNamespace(request, object);
  applyDefaults(served, object);
  dropStatus(request, object);
  if (!managed) trackCreate(request, object);
  request.name = object.metadata.name ?? '';
  await context.admission.admit(admissionRequest(request, 'CREATE', { object }));
  // What admission made of the object may have a status, or another name.
  dropStatus(request, object);
  const generated = nameObject(object);
  request.name = object.metadata.name ?? '';
  fillSystemFields(request, object);
  served.definition.strategy.prepareForCreate?.(object, strategyContext(request));
  const allocation = await context.addresses.allocate(served, object, undefined, options.dryRun);
  try {
    check(request, object);
    await context.admission.validate(admissionRequest(request, 'CREATE', { object }));
    return await store(context, request, object, generated);
  } catch (error) {
    await allocation.undo();
    throw error;
  }
}

/** Names an object that wants a generated name; the beginning of that name comes back. */
function nameObject({ metadata }: ApiObject): string | undefined {
  if (metadata.name || !metadata.generateName) return undefined;
  metadata.name = generateName(metadata.generateName);
  return metadata.generateName;
}

function placeInNamespace({ served, namespace }: WriteRequest, { metadata }: ApiObject): void {
  if (!served.definition.namespaced) {
    if (metadata.namespace) throw badRequest('namespace may not be set on cluster-scoped resources');
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  metadata.namespace = namespace;
}

/** A node registers itself together with its status; every other status starts with the server. */
function dropStatus({ served }: WriteRequest, object: ApiObject): void {
  if (served.definition.hasStatus && served.key !== 'nodes') delete object['status'];
}

function trackCreate(request: WriteRequest, object: ApiObject): void {
  const { served, options, now } = request;
  const managedFields = trackUpdate({
    schema: served.schema,
    manager: options.fieldManager,
    now,
    custom: served.definition.custom ?? false,
    new: object,
  });
  if (managedFields) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
}

function fillSystemFields({ served, now }: WriteRequest, object: ApiObject): void {
  const { metadata } = object;
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  metadata.uid = randomUUID();
  metadata.creationTimestamp = now;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  if (served.definition.hasGeneration) metadata.generation = 1;
  else delete metadata.generation;
  const traceparent = currentTraceparent();
  if (traceparent) metadata.annotations = { ...metadata.annotations, [traceparentAnnotation]: traceparent };
}

function check(request: WriteRequest, object: ApiObject): void {
  const { served } = request;
  const { strategy, namespaced } = served.definition;
  const errors: FieldError[] = [
    ...validateObjectMeta(object.metadata, { namespaced, nameCheck: nameCheckOf(served) }),
    ...schemaErrors(served, object, (text) => void request.exchange.warnings.add(text)),
    ...(strategy.validate?.(object, strategyContext(request)) ?? []),
  ];
  if (errors.length > 0) throw invalid(served.groupKind, object.metadata.name ?? '', errors);
  for (const text of strategy.warnings?.(object) ?? []) request.exchange.warnings.add(text);
}

async function store(
  context: StorageContext,
  request: WriteRequest,
  object: ApiObject,
  generated: string | undefined,
): Promise<Written> {
  const { served, options } = request;
  const name = (): string => object.metadata.name ?? '';
  if (options.dryRun) {
    const cache = await newestCache(context, served.key);
    if (cache.get(request.namespace, name())) throw alreadyExists(served.groupResource, name());
    return dryWritten(object, true);
  }
  for (let attempt = 1; ; attempt++) {
    const outcome = await commit(context, served, object, 'absent');
    if (outcome.ok) return outcome.written;
    if (!generated || attempt === nameAttempts) throw alreadyExists(served.groupResource, name());
    const taken = name();
    object.metadata.name = generateName(generated);
    served.definition.strategy.renamed?.(object, taken);
  }
}
