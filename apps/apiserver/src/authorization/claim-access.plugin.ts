import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '@nestor/admission';
import { field, forbidden, invalid, semanticEqual } from '@nestor/api';
import type { ApiObject, DeepReadonly, FieldError, ResourceClaim, ResourceClaimTemplate } from '@nestor/api';
import { forbiddenMessage, type Attributes, type Authorizer, type UserInfo } from '@nestor/auth';

const group = 'resource.k8s.io';
const plural = 'resourceclaims';
const adminLabel = 'resource.kubernetes.io/admin-access';
const nodeNameKey = 'authentication.kubernetes.io/node-name';

type Status = DeepReadonly<NonNullable<ResourceClaim['status']>>;

/**
 * Who may ask for access to devices that others use, and who may write which part of a claim's status
 * (upstream: the claim strategies, AuthorizedForAdmin, AuthorizedForBinding, AuthorizedForDeviceStatus).
 */
export class ClaimAccessPlugin implements AdmissionPlugin {
  readonly name = 'ResourceClaimAccess';
  constructor(
    private readonly reader: ObjectReader,
    private readonly authorizer: Authorizer,
  ) {}

  handles({ group: of, resource, operation, subresource }: AdmissionRequest): boolean {
    if (of !== group) return false;
    if (operation === 'CREATE') return resource === plural || resource === 'resourceclaimtemplates';
    return operation === 'UPDATE' && resource === plural && subresource === 'status';
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const path = adminAccessPath(request);
    const errors = path === undefined ? [] : await this.adminErrors(request.namespace, path);
    if (request.operation === 'UPDATE') {
      errors.push(...(await this.bindingErrors(request)), ...(await this.driverErrors(request)));
    }
    if (errors.length > 0) throw invalid({ group, kind: request.kind }, request.name, errors);
  }

  private async adminErrors(namespace: string, path: string): Promise<FieldError[]> {
    const found = await this.reader.get('namespaces', '', namespace, { fresh: true });
    if (found?.metadata.labels?.[adminLabel] === 'true') return [];
    const detail = `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`;
    return [field.forbidden(path, detail)];
  }

  private async bindingErrors(request: AdmissionRequest): Promise<FieldError[]> {
    const [now, before] = statuses(request);
    if (semanticEqual(now.allocation, before.allocation) && semanticEqual(now.reservedFor, before.reservedFor))
      return [];
    const why = await this.refusal(request, verbs(''), { subresource: 'binding', namespace: '', name: '' });
    if (why === undefined) return [];
    const needed = 'resource="resourceclaims/binding", verb="update" permission';
    return [field.forbidden('status', `changing status.allocation or status.reservedFor requires ${needed}: ${why}`)];
  }

  private async driverErrors(request: AdmissionRequest): Promise<FieldError[]> {
    const [now, before] = statuses(request);
    const { namespace } = request;
    const prefixes = isOnAllocatedNode(request.user, now)
      ? ['associated-node:', 'arbitrary-node:']
      : ['arbitrary-node:'];
    const errors: FieldError[] = [];
    for (const name of changedDrivers(now, before)) {
      const where = { subresource: 'driver', namespace, name };
      const why = await this.refusal(request, prefixes.flatMap(verbs), where);
      if (why === undefined) continue;
      const needed = `resource="resourceclaims/driver", verb="[${prefixes.map((prefix) => `${prefix}update`).join(' ')}]" permission`;
      errors.push(field.forbidden('status.devices', `changing status.devices requires ${needed}: ${why}`));
    }
    return errors;
  }

  /** Why the user may not do it by any of the verbs. */
  private async refusal(
    { user }: AdmissionRequest,
    allowing: readonly string[],
    where: Pick<Attributes, 'subresource' | 'namespace' | 'name'>,
  ): Promise<string | undefined> {
    const attributes = allowing.map((verb): Attributes => ({
      user: user,
      verb,
      apiGroup: group,
      apiVersion: '*',
      resource: plural,
      path: '',
      ...where,
    }));
    let text = '';
    for (const one of attributes) {
      const { decision, reason } = await this.authorizer.authorize(one);
      if (decision === 'allow') return undefined;
      text ||= forbiddenMessage(one, reason);
    }
    return forbidden({ group, resource: plural }, where.name, text).message;
  }
}

/** Admission is not told whether the write was a PUT or a PATCH: the right to either will do. */
const verbs = (prefix: string): string[] => [`${prefix}update`, `${prefix}patch`];

const statuses = ({ object, old }: AdmissionRequest): [Status, Status] => [
  (object as ResourceClaim).status ?? {},
  (old as DeepReadonly<ResourceClaim>).status ?? {},
];

/** Where the write first asks for admin access, if it does. An allocation that had it keeps it. */
function adminAccessPath(request: AdmissionRequest): string | undefined {
  if (request.operation === 'UPDATE') {
    const [now, before] = statuses(request);
    if (adminResult(before) >= 0) return undefined;
    const at = adminResult(now);
    return at < 0 ? undefined : `status.allocation.devices.results[${at}].adminAccess`;
  }
  const [path, devices] = claimOf(request.object as ApiObject);
  const at = (devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return at < 0 ? undefined : `${path}.requests[${at}].exactly.adminAccess`;
}

function claimOf(object: ApiObject): [string, ResourceClaim['spec']['devices']] {
  return object.kind === 'ResourceClaim'
    ? ['spec.devices', (object as ResourceClaim).spec.devices]
    : ['spec.spec.devices', (object as ResourceClaimTemplate).spec.spec.devices];
}

const adminResult = ({ allocation }: Status): number =>
  (allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true);

/** The drivers of which an entry came, went or changed. */
function changedDrivers(now: Status, before: Status): string[] {
  const keyed = ({ devices = [] }: Status) =>
    new Map(devices.map((one) => [[one.driver, one.pool, one.device, one.shareID ?? ''].join('/'), one]));
  const [next, old] = [keyed(now), keyed(before)];
  const changed = [...new Set([...next.keys(), ...old.keys()])].filter(
    (key) => !semanticEqual(next.get(key), old.get(key)),
  );
  return [...new Set(changed.map((key) => key.slice(0, key.indexOf('/'))))].sort();
}

/** A service account whose token is bound to the one node that the claim is allocated for. */
function isOnAllocatedNode(user: UserInfo, { allocation }: Status): boolean {
  const [term, ...more] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [requirement, ...others] = term?.matchFields ?? [];
  if (!requirement || more.length + others.length + (term?.matchExpressions?.length ?? 0) > 0) return false;
  const { key, operator, values = [] } = requirement;
  const nodes = user.extra?.[nodeNameKey] ?? [];
  return (
    user.name.startsWith('system:serviceaccount:') &&
    key === 'metadata.name' &&
    operator === 'In' &&
    values.length === 1 &&
    nodes.length === 1 &&
    nodes[0] === values[0]
  );
}
