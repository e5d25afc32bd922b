import { AuthorizationConfig } from './authorization.config';
import { checkFileStandsAlone, flagConfiguration } from './flag-configuration';

const flags = (given: Partial<AuthorizationConfig>) =>
  flagConfiguration(Object.assign(new AuthorizationConfig(), given));

describe('authorization by flags', () => {
  it('is by the node authorizer and RBAC where they say nothing', () => {
    expect(flags({})).toEqual({
      authorizers: [
        { type: 'Node', name: 'node' },
        { type: 'RBAC', name: 'rbac' },
      ],
    });
  });

  it('is by a webhook with the defaults of kube-apiserver', () => {
    const authorizationMode = ['Webhook' as const, 'RBAC' as const];
    const given = { authorizationMode, authorizationWebhookConfigFile: '/w.kubeconfig' };
    const webhook = {
      authorizedTTL: '5m0s',
      cacheAuthorizedRequests: true,
      unauthorizedTTL: '30s',
      cacheUnauthorizedRequests: true,
      timeout: '30s',
      failurePolicy: 'NoOpinion',
      subjectAccessReviewVersion: 'v1beta1',
      connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/w.kubeconfig' },
    };
    expect(flags(given)).toEqual({
      authorizers: [
        { type: 'Webhook', name: 'default', webhook },
        { type: 'RBAC', name: 'rbac' },
      ],
    });
    expect(
      flags({
        ...given,
        authorizationWebhookVersion: 'v1',
        authorizationWebhookCacheAuthorizedTtl: '0s',
        authorizationWebhookCacheUnauthorizedTtl: '1m',
      }).authorizers[0]?.webhook,
    ).toMatchObject({
      cacheAuthorizedRequests: false,
      unauthorizedTTL: '1m',
      cacheUnauthorizedRequests: true,
      subjectAccessReviewVersion: 'v1',
    });
  });

  it('is not beside a file', () => {
    const check = (given: Partial<AuthorizationConfig>) => () =>
      checkFileStandsAlone(Object.assign(new AuthorizationConfig(), { authorizationConfig: '/a.yaml', ...given }));
    const why =
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined';
    expect(check({})).not.toThrow();
    expect(check({ authorizationMode: ['RBAC'] })).toThrow(why);
    expect(check({ authorizationWebhookCacheAuthorizedTtl: '1s' })).toThrow(why);
  });

  it('needs mode and kubeconfig together', () => {
    expect(() => flags({ authorizationMode: ['Webhook'] })).toThrow(
      "authorization-mode Webhook's authorization config file not passed",
    );
    expect(() => flags({ authorizationWebhookConfigFile: '/w.kubeconfig' })).toThrow(
      'cannot specify --authorization-webhook-config-file without mode Webhook',
    );
  });
});
