import type { AdmissionPlugin, AdmissionRequest } from '@nestor/admission';
import { forbidden, semanticEqual, type ApiObject, type DeepReadonly } from '@nestor/api';
import type { Attributes, Authorizer } from '@nestor/auth';
import type { ResourceRegistry } from '../registry/resource-registry';

type OwnerReference = NonNullable<ApiObject['metadata']['ownerReferences']>[number];

const ownersOf = (object: DeepReadonly<ApiObject> | undefined): readonly DeepReadonly<OwnerReference>[] =>
  object?.metadata.ownerReferences ?? [];

/**
 * Who gives an object an owner must be allowed to delete the object, and who lets it hold up its owner's deletion to
 * finalize the owner (plugin OwnerReferencesPermissionEnforcement).
 */
export class OwnerReferencesPlugin implements AdmissionPlugin {
  readonly name = 'OwnerReferencesPermissionEnforcement';
  readonly onByDefault = false;
  constructor(
    private readonly authorizer: Authorizer,
    private readonly registry: ResourceRegistry,
  ) {}

  handles({ operation, resource, group, subresource, object, old }: AdmissionRequest): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'pods' && subresource === 'status') return false;
    return !semanticEqual(ownersOf(object), ownersOf(old));
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const { resource, subresource, name, object, old } = request;
    const denied = await this.ask(request, { verb: 'delete', apiGroup: request.group, resource, subresource, name });
    if (denied) throw refusal(request, `cannot set an ownerRef on a resource you can't delete: ${denied}`);
    for (const owner of newlyBlocking(ownersOf(object), ownersOf(old))) await this.checkOwner(request, owner);
  }

  private async checkOwner(
    request: AdmissionRequest,
    { apiVersion, kind, name }: DeepReadonly<OwnerReference>,
  ): Promise<void> {
    const served = [...this.registry.all()].find(
      (one) => one.apiVersion === apiVersion && one.definition.kind === kind,
    );
    if (!served) {
      const why = `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}`;
      throw refusal(request, why);
    }
    const { group, plural } = served.definition;
    const what = { verb: 'update', apiGroup: group, resource: plural, subresource: 'finalizers', name };
    const denied = await this.ask(request, what, served.definition.namespaced);
    if (!denied) return;
    const why = `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${denied}`;
    throw refusal(request, why);
  }

  /** Why not, in the words of Kubernetes' decision; undefined where it is allowed. */
  private async ask(
    { user, namespace }: AdmissionRequest,
    what: Pick<Attributes, 'verb' | 'apiGroup' | 'resource' | 'subresource' | 'name'>,
    namespaced = true,
  ): Promise<string | undefined> {
    const { decision, reason, error } = await this.authorizer.authorize({
      ...what,
      user,
      namespace: namespaced ? namespace : '',
      path: '',
    });
    return decision === 'allow' ? undefined : `${reason}, ${error?.message ?? '<nil>'}`;
  }
}

const refusal = ({ group, resource, object }: AdmissionRequest, why: string): Error =>
  forbidden({ group, resource }, object?.metadata.name ?? '', why);

function newlyBlocking(
  next: readonly DeepReadonly<OwnerReference>[],
  before: readonly DeepReadonly<OwnerReference>[],
): DeepReadonly<OwnerReference>[] {
  const blocked = new Set(before.filter((one) => one.blockOwnerDeletion).map(({ uid }) => uid));
  return next.filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion && !blocked.has(uid));
}
