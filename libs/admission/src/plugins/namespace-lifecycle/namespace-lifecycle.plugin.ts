import { ApiError, ApiObject, DeepReadonly, forbidden, notFound } from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../admission-plugin';

/** Namespaces a cluster cannot do without. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
const namespaces = { group: '', resource: 'namespaces' };
/** Reviews ask questions; they store nothing, so the namespace need not exist. */
const accessReviews: ReadonlySet<string> = new Set(['localsubjectaccessreviews']);

/** As long as upstream looks past its cache after a delete (forceLiveLookupTTL). */
const distrustMs = 30_000;

/** Nothing is created in a namespace that is missing or going away (plugin NamespaceLifecycle). */
export class NamespaceLifecyclePlugin implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';
  /** Namespaces deleted here a moment ago, by the time until which the cache is not trusted about them. */
  private readonly deleted = new Map<string, number>();
  constructor(private readonly reader: ObjectReader) {}

  handles({ operation, group, resource, namespaced, subresource }: AdmissionRequest): boolean {
    if (group === '' && resource === 'namespaces') return operation === 'DELETE';
    return namespaced && operation === 'CREATE' && subresource === '' && !accessReviews.has(resource);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const { operation, name, namespace } = request;
    if (operation === 'DELETE') {
      if (immortal.has(name)) throw forbidden(namespaces, name, 'this namespace may not be deleted');
      this.rememberDeleted(name);
      return;
    }
    const cached = this.isRecentlyDeleted(namespace) ? undefined : await this.reader.get('namespaces', '', namespace);
    const found = cached ?? (await this.reader.get('namespaces', '', namespace, { fresh: true }));
    if (!found) throw notFound(namespaces, namespace);
    if (isTerminating(found)) throw terminating(request);
  }

  private rememberDeleted(name: string): void {
    const now = Date.now();
    for (const [known, until] of this.deleted) if (until < now) this.deleted.delete(known);
    this.deleted.set(name, now + distrustMs);
  }

  private isRecentlyDeleted(name: string): boolean {
    return (this.deleted.get(name) ?? 0) > Date.now();
  }
}

function isTerminating(namespace: DeepReadonly<ApiObject>): boolean {
  const status = namespace['status'] as { phase?: string } | undefined;
  return status?.phase === 'Terminating' || namespace.metadata.deletionTimestamp !== undefined;
}

function terminating({ group, resource, name, object, namespace }: AdmissionRequest): ApiError {
  const message = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden({ group, resource }, name || object?.metadata.name || '', message);
  return new ApiError({
    ...error.status,
    details: {
      ...error.status.details,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
}
