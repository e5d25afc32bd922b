import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterIdentities } from '@nestor/pki';
import { repositoryRoot, startProcess, type TestApiServer, type TestProcess } from '@nestor/testing';

const main = (app: string): string => join(repositoryRoot(), 'apps', app, 'dist', 'main.js');

/** The tests run the apps as built, each in a process of its own. */
export const isBuilt = existsSync(main('apiserver')) && existsSync(main('controller-manager'));
export const describeBuilt = isBuilt ? describe : describe.skip;
if (!isBuilt) console.warn('skipped: build apiserver and controller-manager first');

/** Starts the controller manager with its own identity, so that its permissions are tested as well. */
export async function startControllerManager(
  server: TestApiServer,
  args: readonly string[] = [],
): Promise<TestProcess> {
  const kubeconfig = await server.kubeconfigFor(clusterIdentities.controllerManager);
  const flags = ['--kubeconfig', kubeconfig, '--observability-port', '0', ...args];
  return startProcess(process.execPath, { args: ['--enable-source-maps', main('controller-manager'), ...flags] });
}
