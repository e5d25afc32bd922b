import type { DiscoveryService } from '@nestjs/core';
import { InformerFactory, type KubernetesClient } from '@nestor/client';
import { health } from '@nestor/telemetry';
import { ControllerHost } from './controller-host';

const terms: unknown[] = [];
jest.mock('@nestor/telemetry', () => {
  const actual = jest.requireActual<typeof import('@nestor/telemetry')>('@nestor/telemetry');
  const info = (_fields: object, message: string): void => {
    if (message !== 'controllers run') return;
    // A host that spins would never let the test go on.
    if (terms.push(message) > 3) throw new Error('too many terms');
  };
  return { ...actual, createLogger: () => ({ ...actual.createLogger('test'), info }) };
});

describe('a host without controllers', () => {
  const discovery = { getProviders: () => [] } as unknown as DiscoveryService;
  const informers = { start: () => Promise.resolve() } as InformerFactory;
  let checks: Map<string, () => unknown>;
  let host: ControllerHost;
  beforeEach(() => {
    checks = new Map();
    jest.spyOn(health, 'addReadyCheck').mockImplementation((name, check) => void checks.set(name, check));
    host = new ControllerHost(discovery, {} as KubernetesClient, informers, {});
  });
  afterEach(() => jest.restoreAllMocks());

  it('stays in one term until it is stopped, and is ready', async () => {
    host.onApplicationBootstrap();
    await new Promise(setImmediate);
    expect(terms).toHaveLength(1);
    expect(checks.get('informer-sync')).not.toThrow();
    await host.beforeApplicationShutdown();
    expect(terms).toHaveLength(1);
  });
});
