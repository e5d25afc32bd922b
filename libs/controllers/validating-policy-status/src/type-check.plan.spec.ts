import type { CustomResourceDefinition, ValidatingAdmissionPolicy } from '@nestor/api';
import { knownTypes } from './known-types';
import { expressionWarnings } from './type-check.plan';

const definition = {
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
} as unknown as CustomResourceDefinition;
const known = knownTypes(() => [definition]);

const warnings = (expression: string, resources = ['deployments'], group = 'apps', more: object = {}) => {
  const resourceRules = [{ apiGroups: [group], apiVersions: ['v1'], operations: ['*'], resources }];
  const spec = { matchConstraints: { resourceRules }, validations: [{ expression }], ...more };
  return expressionWarnings({ spec, metadata: {} } as unknown as ValidatingAdmissionPolicy, known);
};

describe('expressionWarnings', () => {
  it.each([
    ['object.spec.replicas <= 5'],
    ["object.metadata.labels['a'] == 'b'"],
    ["object.spec.template.spec.containers.all(c, has(c.image) && c.image.startsWith('x'))"],
    ['oldObject == null || object.spec.replicas == oldObject.spec.replicas'],
    ["authorizer.group('').resource('pods').check('get').allowed()"],
  ])('has nothing to say of %s', (expression) => expect(warnings(expression)).toEqual([]));

  it('tells where an expression does not fit', () => {
    expect(warnings('object.spec.nothing > 1')).toEqual([
      {
        fieldRef: 'spec.validations[0].expression',
        warning:
          "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'nothing'\n | object.spec.nothing > 1\n | ...........^\n",
      },
    ]);
    expect(warnings('object.spec.replicas == "a"')[0]?.warning).toContain('found no matching overload');
  });

  it('says it for each type that there is', () => {
    const [found] = warnings('object.spec.replicas > 1', ['daemonsets', 'deployments', 'nothing']);
    expect(found?.warning).toMatch(/^apps\/v1, Kind=DaemonSet: ERROR/);
    expect(found?.warning).not.toContain('Deployment');
  });

  it('knows custom resources, params and variables', () => {
    expect(warnings('object.spec.size > 1', ['widgets'], 'example.com')).toEqual([]);
    expect(warnings('object.spec.colour > 1', ['widgets'], 'example.com')).toHaveLength(1);
    const params = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    expect(warnings('params.data.max == "1"', ['deployments'], 'apps', params)).toEqual([]);
    expect(warnings('params.date.max == "1"', ['deployments'], 'apps', params)).toHaveLength(1);
    const variables = [{ name: 'n', expression: 'object.spec.replicas' }];
    expect(warnings('variables.n > 1', ['deployments'], 'apps', { variables })).toEqual([]);
    expect(warnings('variables.n == "a"', ['deployments'], 'apps', { variables })).toHaveLength(1);
  });

  it('has nothing to say of everything, or of schemas that hold themselves', () => {
    expect(warnings('object.x', ['*'], '*')).toEqual([]);
    const schema = 'object.spec.versions.all(v, v.schema.openAPIV3Schema.properties.all(p, p != ""))';
    expect(warnings(schema, ['customresourcedefinitions'], 'apiextensions.k8s.io')).toEqual([]);
  });
});
