import type { ApiObject, ClusterRole, ClusterRoleBinding } from '@nestor/api';
import { defaultPolicy } from './bootstrap-policy';
import { autoUpdate, reconciledBinding, reconciledRole } from './reconcile-policy';

const named = (plural: string, name: string): ApiObject =>
  structuredClone(
    defaultPolicy()
      .get(plural)!
      .find(({ metadata }) => metadata.name === name)!,
  );
const role = (name = 'system:discovery'): ClusterRole => named('clusterroles', name);
const binding = (): ClusterRoleBinding => named('clusterrolebindings', 'system:discovery') as ClusterRoleBinding;

describe('the policy every cluster has', () => {
  it('binds no role twice by one name and none that is not there', () => {
    const policy = defaultPolicy();
    for (const objects of policy.values()) {
      const places = objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
      expect(new Set(places).size).toBe(places.length);
    }
    const roles = new Set(policy.get('clusterroles')!.map(({ metadata }) => metadata.name));
    for (const bound of policy.get('clusterrolebindings') as ClusterRoleBinding[])
      expect(roles).toContain(bound.roleRef.name);
  });

  it('changes nothing that is whole', () => {
    expect(reconciledRole(role(), role())).toBeUndefined();
    expect(reconciledBinding(binding(), binding())).toBeUndefined();
  });

  it('gives a role the rules it lacks and takes none', () => {
    const extra = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
    const stored = { ...role(), rules: [extra] };
    const { rules } = reconciledRole(stored, role()) as ClusterRole;
    expect(rules?.[0]).toEqual(extra);
    expect(rules).toHaveLength(1 + role().rules![0]!.nonResourceURLs!.length);
  });

  it('gives back labels, annotations, selectors and subjects', () => {
    const bare = role('edit');
    bare.metadata = { name: 'edit', labels: { own: 'x' } };
    delete bare.aggregationRule;
    expect(reconciledRole(bare, role('edit'))).toMatchObject({
      metadata: {
        labels: { own: 'x', 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { [autoUpdate]: 'true' },
      },
      aggregationRule: role('edit').aggregationRule,
    });
    const joe = { kind: 'User', name: 'joe', apiGroup: 'rbac.authorization.k8s.io' };
    const stored = { ...binding(), subjects: [joe] };
    expect(reconciledBinding(stored, binding())).toMatchObject({ subjects: [joe, { name: 'system:authenticated' }] });
  });

  it('makes a binding of another role again', () => {
    const stored = { ...binding(), roleRef: { ...binding().roleRef, name: 'cluster-admin' } };
    expect(reconciledBinding(stored, binding())).toBe('recreate');
  });

  it('leaves alone what says so', () => {
    const stored = { ...role(), rules: [] };
    stored.metadata = { ...stored.metadata, annotations: { [autoUpdate]: 'false' } };
    expect(reconciledRole(stored, role())).toBeUndefined();
  });
});
