import type { PodDisruptionBudget } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validatePodDisruptionBudget, validatePodDisruptionBudgetStatus } from './pod-disruption-budget-validation';

const newStatus = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

/** How many of a set of pods may be away at the same time by somebody's will. */
export const podDisruptionBudgetDefinition = defineKind({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  definition: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    prepareForCreate: (budget: PodDisruptionBudget) => void (budget.status = { ...newStatus }),
    validate: validatePodDisruptionBudget,
    validateUpdate: (budget: PodDisruptionBudget, _old, { subresource }: StrategyContext) =>
      subresource === 'status' ? validatePodDisruptionBudgetStatus(budget) : validatePodDisruptionBudget(budget),
  },
  columns: [
    nameColumn,
    column(
      'Min Available',
      'string',
      'An eviction is allowed if at least "minAvailable" pods selected by "selector" will still be available after the eviction, i.e. even in the absence of the evicted pod.  So for example you can prevent all voluntary evictions by specifying "100%".',
    ),
    column(
      'Max Unavailable',
      'string',
      'An eviction is allowed if at most "maxUnavailable" pods selected by "selector" are unavailable after the eviction, i.e. even in absence of the evicted pod. For example, one can prevent all voluntary evictions by specifying 0. This is a mutually exclusive setting with "minAvailable".',
    ),
    column(
      'Allowed Disruptions',
      'integer',
      'Calculated number of pods that may be disrupted at this moment. Currently this is calculated as the number of healthy pods minus the number of desired healthy pods.',
    ),
    ageColumn,
  ],
  cells: (budget: PodDisruptionBudget, now: Date) => [
    budget.metadata.name,
    String(budget.spec?.minAvailable ?? 'N/A'),
    String(budget.spec?.maxUnavailable ?? 'N/A'),
    budget.status?.disruptionsAllowed ?? 0,
    age(budget, now),
  ],
});
