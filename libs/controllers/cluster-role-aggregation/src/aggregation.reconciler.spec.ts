import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, kubectl } from '@nestor/testing';
import { ClusterRoleAggregationModule } from './cluster-role-aggregation.module';

describe('ClusterRoleAggregationReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ClusterRoleAggregationModule] });
  });
  afterAll(() => bed?.stop());

  it('makes the roles that every cluster has, of custom rules as well', async () => {
    const run = (...args: string[]) => kubectl(args, { kubeconfig: bed.kubeconfig });
    await run('create', 'clusterrole', 'read-widgets', '--verb=get', '--resource=deployments/widgets');
    await run('label', 'clusterrole', 'read-widgets', 'rbac.authorization.k8s.io/aggregate-to-view=true');
    const resourcesOf = async (name: string): Promise<string[]> => {
      const { rules } = await bed.client.resource(refs.clusterRoles).get(name);
      return (rules ?? []).flatMap(({ resources }) => resources ?? []);
    };
    await eventually(async () => {
      // A view is part of edit, and an edit is part of admin.
      expect(await resourcesOf('admin')).toEqual(
        expect.arrayContaining(['deployments/widgets', 'pods/exec', 'rolebindings', 'pods/log']),
      );
    });
    expect(await resourcesOf('view')).not.toContain('secrets');
  });
});
