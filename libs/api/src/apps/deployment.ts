import type { Deployment } from '../meta/json-types';
import { formatLabelSelector } from '../meta/label-selector';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { setPodSpecDefaults } from '../core/pod/pod-defaults';
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './deployment-validation';
import { containerCells, workloadColumns } from './workload-cells';

function setDefaults(deployment: Deployment): void {
  const { spec } = deployment;
  if (!spec) return;
  const strategy = (spec.strategy ??= {});
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...strategy.rollingUpdate };
  }
  if (spec.template?.spec) setPodSpecDefaults(spec.template.spec, deployment);
}

function prepareForUpdate(deployment: Deployment, old: Readonly<Deployment>, { subresource }: StrategyContext): void {
  if (subresource === 'status') {
    deployment.spec = old.spec;
    deployment.metadata.labels = old.metadata.labels;
  } else {
    deployment.status = old.status;
  }
}

export const deploymentDefinition = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.Deployment',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicasPath: ['spec', 'replicas'],
    statusReplicasPath: ['status', 'replicas'],
    selectorPath: ['spec', 'selector'],
  },
  strategy: {
    setDefaults,
    prepareForCreate: (deployment: Deployment) => void (deployment.status = {}),
    prepareForUpdate,
    validate: validateDeployment,
    validateUpdate: (deployment: Deployment, old: Deployment, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateDeploymentStatus(deployment, old) : validateDeploymentUpdate(deployment, old),
  },
  columns: [
    nameColumn,
    column('Ready', 'string', 'Number of the pod with ready state'),
    column('Up-to-date'),
    column('Available'),
    ageColumn,
    ...workloadColumns,
  ],
  cells: (deployment: Deployment, now: Date) => [
    deployment.metadata.name,
    `${deployment.status?.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`,
    deployment.status?.updatedReplicas ?? 0,
    deployment.status?.availableReplicas ?? 0,
    age(deployment, now),
    ...containerCells(deployment.spec?.template),
    formatLabelSelector(deployment.spec?.selector),
  ],
});
