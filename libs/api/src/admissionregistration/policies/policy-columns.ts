import type { DeepReadonly, ValidatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../meta/json-types';
import { formatLabelSelector } from '../../meta/label-selector';
import { ageColumn, column, nameColumn } from '../../registry/define-kind';
import type { TableColumn } from '../../resource-definition';

const unset = '<unset>';

export const policyColumns = (counted: string, description: string): TableColumn[] => [
  nameColumn,
  column(counted, 'integer', description),
  column('ParamKind', 'string', 'ParamKind specifies the kind of resources used to parameterize this policy'),
  ageColumn,
];

type Spec<Kind> = Kind extends { spec?: infer Known } ? Known | undefined : never;

export function paramKindCell(spec: Spec<DeepReadonly<ValidatingAdmissionPolicy>>): string {
  const kind = spec?.paramKind;
  return kind ? `${kind.apiVersion}/${kind.kind}` : unset;
}

export const bindingColumns: TableColumn[] = [
  nameColumn,
  column('PolicyName', 'string', 'PolicyName indicates the policy definition which the policy binding binded to'),
  column('ParamRef', 'string', 'ParamRef indicates the param object which sets the configration param'),
  ageColumn,
];

export function paramRefCell(spec: Spec<DeepReadonly<MutatingAdmissionPolicyBinding>>): string {
  const { name, namespace, selector } = spec?.paramRef ?? {};
  if (name) return namespace ? `${namespace}/${name}` : name;
  return selector ? formatLabelSelector(selector) : unset;
}
