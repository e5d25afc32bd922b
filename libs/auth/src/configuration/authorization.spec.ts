import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readAuthorizationConfiguration } from './read-authorization';

const kubeConfigFile = join(tmpdir(), `authorization-${process.pid}.kubeconfig`);
writeFileSync(kubeConfigFile, '');

const connectionInfo = { type: 'KubeConfigFile', kubeConfigFile };
const webhook = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  connectionInfo,
};
const rbac = { type: 'RBAC', name: 'rbac' };
const file = (authorizers: unknown, version = 'v1'): string =>
  stringify({ apiVersion: `apiserver.config.k8s.io/${version}`, kind: 'AuthorizationConfiguration', authorizers });
const read = (text: string) => readAuthorizationConfiguration(text, 'a.yaml');
const withWebhook = (change: object, name = 'w'): string =>
  file([{ type: 'Webhook', name, webhook: { ...webhook, ...change } }]);
const conditions = (...expressions: string[]): object => ({
  matchConditionSubjectAccessReviewVersion: 'v1',
  matchConditions: expressions.map((expression) => ({ expression })),
});

describe('an authorization configuration', () => {
  it.each(['v1', 'v1beta1', 'v1alpha1'])('of %s is read, with its defaults', (version) => {
    const authorizers = [{ type: 'Webhook', name: 'acme.com', webhook }, rbac];
    expect(read(file(authorizers, version))).toEqual({
      authorizers: [
        {
          type: 'Webhook',
          name: 'acme.com',
          webhook: {
            ...webhook,
            authorizedTTL: '5m0s',
            cacheAuthorizedRequests: true,
            unauthorizedTTL: '30s',
            cacheUnauthorizedRequests: true,
          },
        },
        rbac,
      ],
    });
  });

  it.each<[string, string, string]>([
    ['nothing in it', '', 'must be of kind AuthorizationConfiguration'],
    ['another version', file([rbac], 'v2'), 'and of apiVersion apiserver.config.k8s.io/v1 or'],
    [
      'an unknown field',
      file([{ ...rbac, mode: 'x' }]),
      'failed to load AuthorizationConfiguration from file: strict decoding error: unknown field "authorizers[0].mode"',
    ],
    ['a wrong type', withWebhook({ cacheAuthorizedRequests: 'no' }), 'cacheAuthorizedRequests: must be a boolean'],
    ['no authorizers', file([]), 'authorizers: Required value: at least one authorization mode must be defined'],
    ['no type', file([{ name: 'x' }]), 'authorizers[0].type: Required value'],
    [
      'an unknown type',
      file([{ type: 'Magic', name: 'x' }]),
      'authorizers[0].type: Unsupported value: "Magic": supported values: "AlwaysAllow", "AlwaysDeny"',
    ],
    ['a type twice', file([rbac, rbac]), 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['no name', file([{ type: 'RBAC' }]), 'authorizers[0].name: Required value'],
    ['a wrong name', file([{ type: 'RBAC', name: 'mine' }]), 'expected name rbac for authorizer RBAC instead of mine'],
    [
      'a bad name',
      withWebhook({}, 'a_b'),
      'authorizers[0].name: Invalid value: "a_b": authorizer name is invalid: a low',
    ],
    [
      'a name twice',
      file([
        { type: 'Webhook', name: 'w', webhook },
        { type: 'Webhook', name: 'w', webhook },
      ]),
      'authorizers[1].name: Duplicate value: "w"',
    ],
    [
      'a webhook without one',
      file([{ type: 'Webhook', name: 'w' }]),
      'authorizers[0].webhook: Required value: required when type=Webhook',
    ],
    [
      'a webhook too many',
      file([{ ...rbac, webhook }]),
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    ['no timeout', withWebhook({ timeout: '' }), 'authorizers[0].timeout: Required value'],
    [
      'a long timeout',
      withWebhook({ timeout: '1m' }),
      'authorizers[0].timeout: Invalid value: "1m0s": must be > 0s and <= 30s',
    ],
    ['no duration', withWebhook({ timeout: '3' }), 'authorizers[0].timeout: Invalid value: "3": time: missing unit'],
    [
      'a negative time',
      withWebhook({ authorizedTTL: '-1s', unauthorizedTTL: '-1s' }),
      '[authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s, authorizers[0].unauthorizedTTL: Invalid value: "-1s": must be > 0s]',
    ],
    [
      'another version of reviews',
      withWebhook({ subjectAccessReviewVersion: 'v2' }),
      'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
    ],
    [
      'no version for conditions',
      withWebhook({ matchConditions: [{ expression: 'true' }] }),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
    ],
    [
      'another version for conditions',
      withWebhook({ matchConditionSubjectAccessReviewVersion: 'v1beta1' }),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Unsupported value: "v1beta1": supported values: "v1"',
    ],
    ['no failurePolicy', withWebhook({ failurePolicy: undefined }), 'authorizers[0].failurePolicy: Required value'],
    [
      'another failurePolicy',
      withWebhook({ failurePolicy: 'Allow' }),
      'authorizers[0].failurePolicy: Unsupported value: "Allow": supported values: "NoOpinion", "Deny"',
    ],
    ['no connection', withWebhook({ connectionInfo: {} }), 'authorizers[0].connectionInfo.type: Required value'],
    [
      'another connection',
      withWebhook({ connectionInfo: { type: 'Pigeon' } }),
      'authorizers[0].connectionInfo.type: Unsupported value: {"Type":"Pigeon","KubeConfigFile":null}: supported values: "InClusterConfig", "KubeConfigFile"',
    ],
    [
      'no kubeconfig',
      withWebhook({ connectionInfo: { type: 'KubeConfigFile' } }),
      'authorizers[0].connectionInfo.kubeConfigFile: Required value',
    ],
    [
      'a relative path',
      withWebhook({ connectionInfo: { ...connectionInfo, kubeConfigFile: 'a' } }),
      'kubeConfigFile: Invalid value: "a": must be an absolute path',
    ],
    [
      'a file that is not there',
      withWebhook({ connectionInfo: { ...connectionInfo, kubeConfigFile: '/nowhere' } }),
      'Invalid value: "/nowhere": error loading file: stat /nowhere: no such file or directory',
    ],
    [
      'a folder',
      withWebhook({ connectionInfo: { ...connectionInfo, kubeConfigFile: '/' } }),
      'Invalid value: "/": must be a regular file',
    ],
    [
      'a file inside the cluster',
      withWebhook({ connectionInfo: { ...connectionInfo, type: 'InClusterConfig' } }),
      'can only be set when type=KubeConfigFile',
    ],
    [
      'an empty condition',
      withWebhook(conditions(' ')),
      'authorizers[0].matchConditions[0].expression: Required value',
    ],
    [
      'a condition twice',
      withWebhook(conditions('true', 'true')),
      'authorizers[0].matchConditions[1].expression: Duplicate value: "true"',
    ],
    [
      'a condition that is none',
      withWebhook(conditions('request.user')),
      'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string',
    ],
    [
      'a condition about nothing',
      withWebhook(conditions('request.nobody == 1')),
      'matchConditions[0].expression: Invalid value: "request.nobody == 1": compilation failed: ERROR: <input>:1:8: undefined field \'nobody\'',
    ],
    [
      'too many conditions',
      withWebhook(conditions(...Array.from({ length: 65 }, (_, index) => `${index} == 0`))),
      'authorizers[0].matchConditions: Too many: 65: must have at most 64 items',
    ],
  ])('with %s is refused', (_what, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('keeps the types that it must have', () => {
    const only = file([{ type: 'Webhook', name: 'w', webhook }]);
    expect(() => readAuthorizationConfiguration(only, 'a.yaml', ['RBAC', 'AlwaysDeny'])).toThrow(
      'authorization configuration a.yaml: missing required types: [AlwaysDeny RBAC]',
    );
    expect(readAuthorizationConfiguration(file([rbac]), 'a.yaml', ['RBAC']).authorizers).toHaveLength(1);
  });
});
