import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceTaintRule } from '../meta/json-types';
import { defineKind } from '../registry/define-kind';
import { sameForm } from '../registry/same-form';
import type { ResourceDefinition, StrategyContext } from '../resource-definition';
import { validateConditions } from '../validation/conditions-validation';
import { setTaintTime } from './device-defaults';
import { limits } from './limits';
import { validateDriverName, validateLabelName, validatePoolName } from './name-validation';
import { validateTaint } from './taint-validation';

const stored = 'v1beta2';

/** The time tells since when the effect holds, so a new effect has a new one, unless the client says otherwise. */
function prepareForUpdate(rule: DeviceTaintRule, old: DeviceTaintRule, { now, subresource }: StrategyContext): void {
  if (subresource !== '') return;
  const { taint } = rule.spec;
  const { effect, timeAdded } = old.spec.taint;
  if (taint.effect !== effect && taint.timeAdded === timeAdded) taint.timeAdded = now;
}

function validate({ spec }: DeviceTaintRule, old?: DeviceTaintRule): FieldError[] {
  const { driver, pool, device } = spec.deviceSelector ?? {};
  const path = 'spec.deviceSelector';
  return [
    ...(driver === undefined ? [] : validateDriverName(driver, `${path}.driver`)),
    ...(pool === undefined ? [] : validatePoolName(pool, `${path}.pool`)),
    ...(device === undefined ? [] : validateLabelName(device, `${path}.device`)),
    ...validateTaint(spec.taint, 'spec.taint', old?.spec.taint),
  ];
}

function validateStatus({ status }: DeviceTaintRule): FieldError[] {
  const conditions = status?.conditions ?? [];
  const path = 'status.conditions';
  return [
    ...validateConditions(conditions, path),
    ...(conditions.length > limits.ruleConditions
      ? [field.tooMany(path, conditions.length, limits.ruleConditions)]
      : []),
  ];
}

const rule = (version: string): ResourceDefinition => {
  const named = { group: 'resource.k8s.io', version, plural: 'devicetaintrules' };
  return defineKind({
    ...named,
    ...sameForm(named, stored),
    kind: 'DeviceTaintRule',
    namespaced: false,
    definition: `io.k8s.api.resource.${version}.DeviceTaintRule`,
    hasStatus: true,
    hasGeneration: true,
    strategy: {
      setDefaults: ({ spec }: DeviceTaintRule) => setTaintTime(spec.taint),
      prepareForCreate: (one: DeviceTaintRule) => void (one.status = {}),
      prepareForUpdate,
      validate: (one: DeviceTaintRule) => validate(one),
      validateUpdate: (one: DeviceTaintRule, old: DeviceTaintRule, { subresource }) =>
        subresource === 'status' ? validateStatus(one) : validate(one, old),
    },
  });
};

/** A taint that an administrator gives to devices, at every version that is served. */
export const deviceTaintRuleDefinitions: readonly ResourceDefinition[] = [stored, 'v1alpha3'].map(rule);
