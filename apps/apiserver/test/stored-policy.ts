import { rulesOfClusterRole, type RbacPolicy } from '@nestor/testing';
import type { Http2Client } from './http2-client';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

interface Entry {
  path: string;
  text: string;
  object: { kind: string; metadata: { name: string; namespace?: string } };
}

/** Keeps what an API server stores as a policy is, by what is new, other and gone in it. */
export class StoredPolicy {
  private known: readonly Entry[] = [];

  constructor(private readonly client: Http2Client) {}

  async follow(policy: RbacPolicy): Promise<void> {
    const wanted = entriesOf(policy);
    const before = new Map(this.known.map((entry) => [entry.path, entry]));
    const after = new Map(wanted.map((entry) => [entry.path, entry]));
    const changed = wanted.filter(({ path, text }) => before.has(path) && before.get(path)?.text !== text);
    // The role of a binding cannot change: another takes its place.
    const [bindings, roles] = [changed.filter(isBinding), changed.filter((entry) => !isBinding(entry))];
    const gone = this.known.filter(({ path }) => !after.has(path));
    const made = wanted.filter(({ path }) => !before.has(path));
    await Promise.all([...gone, ...bindings].map(({ path }) => this.send(200, 'DELETE', path)));
    await Promise.all([
      ...roles.map(({ path, object }) => this.send(200, 'PUT', path, object)),
      ...[...made, ...bindings].map(({ path, object }) =>
        this.send(201, 'POST', path.slice(0, path.lastIndexOf('/')), object),
      ),
    ]);
    this.known = wanted;
  }

  private async send(wanted: number, method: string, path: string, object?: object): Promise<void> {
    const { code, body } = await this.client.send(method, path, object);
    if (code !== wanted) throw new Error(`${method} ${path}: ${code} ${JSON.stringify(body)}`);
  }
}

const isBinding = ({ object }: Entry): boolean => object.kind.endsWith('Binding');

function entriesOf(policy: RbacPolicy): Entry[] {
  return [
    ...policy.roles,
    // With what the controller of aggregated roles would write into them: it has tests of its own.
    ...policy.clusterRoles.map((role) => ({ ...role, rules: rulesOfClusterRole(policy, role) })),
    ...policy.roleBindings,
    ...policy.clusterRoleBindings,
  ].map((object) => {
    const { name, namespace } = object.metadata;
    const place = namespace ? `/namespaces/${namespace}` : '';
    const path = `${rbac}${place}/${object.kind.toLowerCase()}s/${name}`;
    return { path, text: JSON.stringify(object), object };
  });
}
