/** Rolls a Deployment's template out over its ReplicaSets. */
export { DeploymentModule } from './deployment.module';
