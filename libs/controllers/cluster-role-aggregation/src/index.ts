/** Keeps the rules of ClusterRoles that gather those of others: admin, edit, view and whatever has an aggregationRule. */
export { ClusterRoleAggregationModule } from './cluster-role-aggregation.module';
