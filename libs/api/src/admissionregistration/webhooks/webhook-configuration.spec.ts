import { changed, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { ApiObject, MutatingWebhookConfiguration } from '../../meta/json-types';

const webhook = (more: object = {}) => ({
  name: 'pods.example.com',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { url: 'https://example.com/hook' },
  rules: [rule()],
  ...more,
});
const rule = (more: object = {}) => ({
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['pods'],
  ...more,
});
const configuration = (kind: string, ...webhooks: object[]): ApiObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'x' },
  webhooks,
});
const mutating = (...webhooks: object[]) => configuration('MutatingWebhookConfiguration', ...webhooks);
const errors = (more: object) => createErrors(mutating(webhook(more)));

describe('webhook configurations', () => {
  it('are filled up', () => {
    const service = { name: 's', namespace: 'n' };
    const stored = created<MutatingWebhookConfiguration>(mutating(webhook({ clientConfig: { service } })));
    expect(stored.webhooks?.[0]).toMatchObject({
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: 'Never',
      clientConfig: { service: { ...service, port: 443 } },
      rules: [rule({ scope: '*' })],
    });
    const judging = created<MutatingWebhookConfiguration>(configuration('ValidatingWebhookConfiguration', webhook()));
    expect(judging.webhooks?.[0]).not.toHaveProperty('reinvocationPolicy');
  });

  it.each<[string, object, string[]]>([
    ['a good one', {}, []],
    ['no name', { name: '' }, ['webhooks[0].name: Required value']],
    [
      'a short name',
      { name: 'pods' },
      ['webhooks[0].name: Invalid value: "pods": should be a domain with at least three segments separated by dots'],
    ],
    [
      'side effects',
      { sideEffects: 'Some' },
      ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    ],
    [
      'nothing said of side effects',
      { sideEffects: undefined },
      ['webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    ],
    [
      'too patient',
      { timeoutSeconds: 31 },
      ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    ],
    [
      'a policy nobody knows',
      { failurePolicy: 'Maybe', reinvocationPolicy: 'Often' },
      [
        'webhooks[0].failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"',
        'webhooks[0].reinvocationPolicy: Unsupported value: "Often": supported values: "IfNeeded", "Never"',
      ],
    ],
    [
      'no review version',
      { admissionReviewVersions: [] },
      ['webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    ],
    [
      'review versions of the future',
      { admissionReviewVersions: ['v2', 'v2'] },
      [
        'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
        'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'nowhere to go',
      { clientConfig: {} },
      ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    ],
    [
      'a poor URL',
      { clientConfig: { url: 'http://me@/x?y#z' } },
      [
        'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
        'webhooks[0].clientConfig.url: Invalid value: "": host must be provided; desired format: https://host[/path]',
        'webhooks[0].clientConfig.url: Invalid value: "me": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "z": fragments are not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "y": query parameters are not permitted in the URL',
      ],
    ],
    [
      'a poor service',
      { clientConfig: { service: { name: '', namespace: '', path: 'a//b', port: 70000 } } },
      [
        'webhooks[0].clientConfig.service.name: Required value: service name is required',
        'webhooks[0].clientConfig.service.namespace: Required value: service namespace is required',
        'webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
        'webhooks[0].clientConfig.service.path: Invalid value: "a//b": must start with a \'/\'',
        'webhooks[0].clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty',
        'webhooks[0].clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty',
      ],
    ],
    [
      'empty rules',
      { rules: [{}] },
      ['operations', 'apiGroups', 'apiVersions', 'resources'].map(
        (list) => `webhooks[0].rules[0].${list}: Required value`,
      ),
    ],
    [
      'more than all',
      { rules: [rule({ operations: ['*', 'CREATE'], apiGroups: ['*', 'a'], resources: ['*/*', 'pods'] })] },
      [
        'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
        'webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
        'webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if \'*/*\' is present, must not specify other resources',
      ],
    ],
    [
      'subresources twice',
      { rules: [rule({ resources: ['pods/*', 'pods/log', '*', 'nodes'], scope: 'Odd' })] },
      [
        'webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
        'webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*","nodes"]: if \'*\' is present, must not specify other resources without subresources',
        'webhooks[0].rules[0].scope: Unsupported value: "Odd": supported values: "*", "Cluster", "Namespaced"',
      ],
    ],
    [
      'conditions without name or expression',
      { matchConditions: [{ name: '', expression: ' ' }] },
      [
        'webhooks[0].matchConditions[0].expression: Required value',
        'webhooks[0].matchConditions[0].name: Required value',
      ],
    ],
  ])('%s', (_name, more, messages) => expect(errors(more)).toEqual(messages));

  it('have names of their own', () =>
    expect(createErrors(mutating(webhook(), webhook()))).toEqual([
      'webhooks[1].name: Duplicate value: "pods.example.com"',
    ]));

  it('may keep what was allowed once', () => {
    const old = mutating(webhook({ sideEffects: 'Some', admissionReviewVersions: ['v2'] }));
    expect(updateErrors(old, changed(old, { metadata: { labels: { a: 'b' } } }))).toEqual([]);
  });

  it('show how many webhooks they have', () => {
    const { cells, hasGeneration, categories } = definitionOf(
      'admissionregistration.k8s.io/v1',
      'MutatingWebhookConfiguration',
    );
    expect(cells(mutating(webhook()), new Date()).slice(0, 2)).toEqual(['x', 1]);
    expect([hasGeneration, categories]).toEqual([true, ['api-extensions']]);
  });
});
