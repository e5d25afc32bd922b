import type { ApiObject } from '@nestor/api';
import type { ListOptions, PatchType, ResourceClient, ResourceRef } from '../contracts';
import type { HttpRequest, HttpTransport } from '../http/http-transport';
import { listQuery, queryString, resourcePath } from './resource-path';

const patchContentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const acceptMetadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

interface ListBody<T> {
  items: T[] | null;
  metadata: { resourceVersion?: string; continue?: string };
}

/** ResourceClient over HTTP. One per resource and cheap to make. */
export class HttpResourceClient<T extends ApiObject> implements ResourceClient<T> {
  constructor(
    private readonly transport: HttpTransport,
    private readonly ref: ResourceRef,
    /** Asked in the moment a write is sent. */
    private readonly mayWrite?: () => boolean,
  ) {}

  get(name: string, namespace?: string): Promise<T> {
    return this.send<T>({ method: 'GET', path: resourcePath(this.ref, { namespace, name }) });
  }

  async list(options: ListOptions = {}): Promise<{ items: T[]; resourceVersion: string; continue?: string }> {
    const path = resourcePath(this.ref, { namespace: options.namespace }) + listQuery(options);
    const accept = options.metadataOnly ? acceptMetadataList : undefined;
    const body = await this.send<ListBody<T>>({ method: 'GET', path, accept, timeoutMs: 60_000 });
    const apiVersion = this.ref.group === '' ? this.ref.version : `${this.ref.group}/${this.ref.version}`;
    // Items of a list may leave out their type, as Kubernetes' do.
    const items = (body.items ?? []).map((item) => (item.kind ? item : { ...item, apiVersion, kind: this.ref.kind }));
    return { items, resourceVersion: body.metadata.resourceVersion ?? '', continue: body.metadata.continue };
  }

  create(object: T): Promise<T> {
    const { namespace } = object.metadata;
    return this.send<T>({ method: 'POST', path: resourcePath(this.ref, { namespace }), body: object });
  }

  update(object: T): Promise<T> {
    return this.put(object);
  }

  updateStatus(object: T): Promise<T> {
    return this.put(object, 'status');
  }

  patch(
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options: { subresource?: string; fieldManager?: string; force?: boolean } = {},
  ): Promise<T> {
    const { subresource, fieldManager, force } = options;
    const path = resourcePath(this.ref, { namespace, name, subresource }) + queryString({ fieldManager, force });
    return this.send<T>({ method: 'PATCH', path, body: patch, contentType: patchContentTypes[type] });
  }

  apply(object: T, options: { fieldManager: string; force?: boolean; subresource?: string }): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    return this.patch(name, namespace, 'apply', object, options);
  }

  async delete(
    name: string,
    namespace?: string,
    options: { uid?: string; resourceVersion?: string; gracePeriodSeconds?: number; propagationPolicy?: string } = {},
  ): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
    const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
    await this.send({
      method: 'DELETE',
      path: resourcePath(this.ref, { namespace, name }),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions, gracePeriodSeconds, propagationPolicy },
    });
  }

  createSubresource(name: string, namespace: string | undefined, subresource: string, body: unknown): Promise<unknown> {
    return this.send({ method: 'POST', path: resourcePath(this.ref, { namespace, name, subresource }), body });
  }

  private put(object: T, subresource?: string): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = resourcePath(this.ref, { namespace, name, subresource });
    return this.send<T>({ method: 'PUT', path, body: object });
  }

  private async send<Body>(request: HttpRequest): Promise<Body> {
    const permitted = request.method === 'GET' ? undefined : this.mayWrite;
    const answer = await this.transport.request(permitted ? { ...request, permitted } : request);
    return JSON.parse(answer.body.toString('utf8')) as Body;
  }
}
