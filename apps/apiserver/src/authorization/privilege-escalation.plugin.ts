import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '@nestor/admission';
import {
  forbidden,
  notFound,
  semanticEqual,
  type ApiObject,
  type ClusterRole,
  type DeepReadonly,
  type RoleBinding,
} from '@nestor/api';
import {
  compactRules,
  everything,
  missingRules,
  ruleText,
  systemMasters,
  type Attributes,
  type Authorizer,
  type PolicyRule,
  type RuleResolver,
} from '@nestor/auth';
import { rbacGroup } from './stored-roles';

const isRole: ReadonlySet<string> = new Set(['roles', 'clusterroles']);
const isBinding: ReadonlySet<string> = new Set(['rolebindings', 'clusterrolebindings']);

/**
 * Nobody gives what he does not hold: by a role, unless he may `escalate` it, or by a binding, unless he may `bind` the
 * role. Upstream's storage of these kinds does it, so no flag switches it off.
 */
export class PrivilegeEscalationPlugin implements AdmissionPlugin {
  readonly name = 'PrivilegeEscalation';
  constructor(
    private readonly authorizer: Authorizer,
    private readonly rules: RuleResolver,
    private readonly reader: ObjectReader,
  ) {}

  handles({ group, operation, subresource, user }: AdmissionRequest): boolean {
    return (
      group === rbacGroup &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      !user.groups.includes(systemMasters)
    );
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const { resource, object, old } = request;
    if (!object || (old && changesOwnershipAlone(object, old))) return;
    if (isRole.has(resource)) await this.checkRole(request, object);
    else if (isBinding.has(resource)) await this.checkBinding(request, object as RoleBinding);
  }

  private async checkRole(request: AdmissionRequest, role: ClusterRole): Promise<void> {
    const name = request.operation === 'CREATE' ? '' : request.name;
    if (await this.may(request, 'escalate', { resource: request.resource, name })) return;
    this.confirmHeld(request, role.rules ?? []);
    const gathers = role.aggregationRule ?? (request.old as ClusterRole | undefined)?.aggregationRule;
    // Setting a rule that gathers anything is as much as everything.
    if (!gathers || missingRules(this.held(request), everything).length === 0) return;
    throw refusal(request, 'must have cluster-admin privileges to use the aggregationRule');
  }

  private async checkBinding(request: AdmissionRequest, { roleRef }: RoleBinding): Promise<void> {
    const resource = roleRef?.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    // What refers to nothing that could be is for validation to refuse.
    if (!roleRef?.name || (roleRef.kind !== 'ClusterRole' && roleRef.kind !== 'Role')) return;
    if (await this.may(request, 'bind', { resource, name: roleRef.name })) return;
    const namespace = resource === 'roles' ? request.namespace : '';
    const key = `${resource}.${rbacGroup}`;
    const role =
      (await this.reader.get(key, namespace, roleRef.name)) ??
      (await this.reader.get(key, namespace, roleRef.name, { fresh: true }));
    if (!role) throw notFound({ group: rbacGroup, resource }, roleRef.name);
    this.confirmHeld(request, (role as DeepReadonly<ClusterRole>).rules);
  }

  private confirmHeld(request: AdmissionRequest, rules: readonly PolicyRule[] = []): void {
    const { rules: held, error } = this.rules.rulesFor(request.user, request.namespace);
    const missing = compactRules(missingRules(held, rules));
    if (missing.length === 0) return;
    const { name, groups } = request.user;
    const quotedGroups = groups.map((group) => JSON.stringify(group)).join(' ');
    const shown = [...new Set(missing.map(ruleText))].sort().join('\n');
    throw refusal(
      request,
      `user ${JSON.stringify(name)} (groups=[${quotedGroups}]) is attempting to grant RBAC permissions not currently held:\n${shown}${error ? `; resolution errors: [${error}]` : ''}`,
    );
  }

  private held({ user, namespace }: AdmissionRequest): readonly PolicyRule[] {
    return this.rules.rulesFor(user, namespace).rules;
  }

  private async may(
    { user, namespace }: AdmissionRequest,
    verb: string,
    what: Pick<Attributes, 'resource' | 'name'>,
  ): Promise<boolean> {
    const attributes = { user, verb, namespace, apiGroup: rbacGroup, subresource: '', path: '', ...what };
    return (await this.authorizer.authorize(attributes)).decision === 'allow';
  }
}

const refusal = ({ resource, object }: AdmissionRequest, text: string): Error =>
  forbidden({ group: rbacGroup, resource }, object?.metadata.name ?? '', text);

/** The garbage collector must be able to finish what it may not grant. */
function changesOwnershipAlone(object: ApiObject, old: DeepReadonly<ApiObject>): boolean {
  const rest = ({ metadata, ...others }: DeepReadonly<ApiObject>): unknown => {
    const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _managed, ...kept } = metadata;
    return { ...others, metadata: kept };
  };
  return semanticEqual(rest(object), rest(old));
}
