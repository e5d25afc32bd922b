import type { ApiObject } from '@nestor/api';
import type { AdmissionRequest, ObjectReader } from '../admission-plugin';
import { compileCriteria, type MatchCriteria } from './match-criteria';
import type { EquivalentResource, EquivalentResources } from './equivalent-resources';
import { allMatchRule, isAdmissionConfiguration } from './match-rule';
import { RequestMatcher } from './request-matcher';

const namespaceLabels: Record<string, Record<string, string>> = { dev: { stage: 'dev' }, prod: { stage: 'prod' } };
const reader: ObjectReader = {
  get: (resource, _namespace, name) => {
    const labels = resource === 'namespaces' ? namespaceLabels[name] : undefined;
    return Promise.resolve(labels && { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  },
  list: () => Promise.resolve([]),
};
const scaler = (version: string): EquivalentResource => ({
  resource: { group: 'autoscaling', version, resource: 'horizontalpodautoscalers' },
  kind: { group: 'autoscaling', version, kind: 'HorizontalPodAutoscaler' },
});
const equivalents: EquivalentResources = {
  equivalentsOf: ({ group }) => (group === 'autoscaling' ? [scaler('v1'), scaler('v2')] : []),
  convert: (object) => object as ApiObject,
};
const matcher = new RequestMatcher(reader, equivalents);

const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  kind: 'Deployment',
  namespace: 'dev',
  name: 'web',
  namespaced: true,
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: { app: 'web' } } },
  user: { name: 'u', groups: [] },
  dryRun: false,
  warn: () => undefined,
  ...more,
});
const namespaceRequest = (more: Partial<AdmissionRequest> = {}): AdmissionRequest =>
  request({
    group: '',
    resource: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    namespace: 'dev',
    name: 'dev',
    ...more,
  });
const rule = (more: object = {}) => ({
  operations: ['CREATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments'],
  ...more,
});
const matches = async (criteria: MatchCriteria, more: Partial<AdmissionRequest> = {}): Promise<boolean> =>
  (await matcher.match(compileCriteria(criteria), request(more))) !== undefined;

describe('rules', () => {
  it.each<[string, object, Partial<AdmissionRequest>, boolean]>([
    ['name what is asked', {}, {}, true],
    ['another operation', { operations: ['UPDATE', 'DELETE'] }, {}, false],
    ['any operation', { operations: ['*'] }, { operation: 'CONNECT' }, true],
    ['another group', { apiGroups: [''] }, {}, false],
    ['any group and version', { apiGroups: ['*'], apiVersions: ['*'] }, {}, true],
    ['another version', { apiVersions: ['v1beta1'] }, {}, false],
    ['another resource', { resources: ['pods'] }, {}, false],
    ['* without subresources', { resources: ['*'] }, {}, true],
    ['* and a subresource', { resources: ['*'] }, { subresource: 'scale' }, false],
    ['a resource and a subresource', { resources: ['deployments'] }, { subresource: 'scale' }, false],
    ['the subresource', { resources: ['deployments/scale'] }, { subresource: 'scale' }, true],
    ['the subresource and the resource', { resources: ['deployments/scale'] }, {}, false],
    ['all of a resource', { resources: ['deployments/*'] }, { subresource: 'status' }, true],
    ['all of a resource, itself', { resources: ['deployments/*'] }, {}, true],
    ['a subresource of any', { resources: ['*/scale'] }, { subresource: 'scale' }, true],
    ['a subresource of any and another', { resources: ['*/scale'] }, { subresource: 'status' }, false],
    ['everything', { resources: ['*/*'] }, { subresource: 'status' }, true],
    ['names', { resourceNames: ['web'] }, {}, true],
    ['other names', { resourceNames: ['db'] }, {}, false],
    ['any scope', { scope: '*' }, {}, true],
    ['inside namespaces', { scope: 'Namespaced' }, {}, true],
    ['inside namespaces and outside', { scope: 'Namespaced' }, { namespace: '' }, false],
    ['outside namespaces', { scope: 'Cluster' }, { namespace: '' }, true],
    ['outside namespaces and inside', { scope: 'Cluster' }, {}, false],
  ])('%s', async (_name, more, asked, expected) =>
    expect(await matches({ rules: [rule(more)] }, asked)).toBe(expected),
  );

  it('take a Namespace for what is outside namespaces', async () => {
    const inside = compileCriteria({ rules: [{ ...allMatchRule, scope: 'Namespaced' }] });
    const outside = compileCriteria({ rules: [{ ...allMatchRule, scope: 'Cluster' }] });
    expect(await matcher.match(inside, namespaceRequest())).toBeUndefined();
    expect(await matcher.match(outside, namespaceRequest())).toBeDefined();
  });
  it('need one of several', async () => {
    expect(await matches({ rules: [rule({ resources: ['pods'] }), rule()] })).toBe(true);
    expect(await matches({ rules: [] })).toBe(false);
    expect(await matches({})).toBe(true);
  });
  it('give way to those that exclude', async () =>
    expect(await matches({ rules: [allMatchRule], excludeRules: [rule()] })).toBe(false));
});

describe('matchPolicy', () => {
  const asked = {
    group: 'autoscaling',
    version: 'v1',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
  };
  const rules = [rule({ apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] })];
  it('Exact sees only what is named', async () => {
    expect(await matches({ rules, matchPolicy: 'Exact' }, asked)).toBe(false);
    expect(await matches({ rules }, asked)).toBe(false);
  });
  it('Equivalent sees the other versions, as what is named', async () => {
    const criteria = compileCriteria({ rules, matchPolicy: 'Equivalent' });
    expect(await matcher.match(criteria, request(asked))).toEqual(scaler('v2'));
    expect(await matcher.match(criteria, request({ ...asked, version: 'v2' }))).toEqual(scaler('v2'));
  });
  it('Equivalent excludes them, too', async () =>
    expect(await matches({ excludeRules: rules, matchPolicy: 'Equivalent' }, asked)).toBe(false));
});

describe('selectors', () => {
  const rules = [allMatchRule];
  const dev = { matchLabels: { stage: 'dev' } };
  it('look at the namespace', async () => {
    expect(await matches({ rules, namespaceSelector: dev })).toBe(true);
    expect(await matches({ rules, namespaceSelector: dev }, { namespace: 'prod' })).toBe(false);
    expect(await matches({ rules, namespaceSelector: dev }, { namespace: '' })).toBe(true);
  });
  it('look at the labels a Namespace is about to have', async () => {
    const criteria = compileCriteria({ rules, namespaceSelector: dev });
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev', labels: { stage: 'prod' } } };
    expect(await matcher.match(criteria, namespaceRequest({ operation: 'UPDATE', object }))).toBeUndefined();
    expect(await matcher.match(criteria, namespaceRequest({ operation: 'DELETE', object: undefined }))).toBeDefined();
  });
  it('cannot tell without the namespace', async () => {
    const missing = matches({ rules, namespaceSelector: dev }, { namespace: 'gone' });
    await expect(missing).rejects.toThrow('namespaces "gone" not found');
    expect(
      await matches({ rules: [rule({ resources: ['pods'] })], namespaceSelector: dev }, { namespace: 'gone' }),
    ).toBe(false);
  });
  it('look at the object before and after', async () => {
    const labelled = (app: string): ApiObject => ({ apiVersion: 'v1', kind: 'X', metadata: { labels: { app } } });
    const objectSelector = { matchLabels: { app: 'web' } };
    const of = (object?: ApiObject, old?: ApiObject) => matches({ rules, objectSelector }, { object, old });
    expect(await of(labelled('web'))).toBe(true);
    expect(await of(labelled('db'))).toBe(false);
    expect(await of(labelled('db'), labelled('web'))).toBe(true);
    expect(await of(undefined, labelled('web'))).toBe(true);
    expect(await of()).toBe(false);
  });
});

it('knows what configures admission', () => {
  const group = 'admissionregistration.k8s.io';
  expect(isAdmissionConfiguration({ group, resource: 'mutatingwebhookconfigurations' })).toBe(true);
  expect(isAdmissionConfiguration({ group: '', resource: 'pods' })).toBe(false);
});
