import { ClusterPaths } from '../cluster/cluster-paths';
import { isAlive, readState } from '../cluster/cluster-state';
import { lockHolder } from '../cluster/supervisor-lock';
import { adminConnection } from '../cluster/admin-connection';
import { readMembership, type Membership } from '../node/membership';
import { dataOption, type RegisterCommand } from './command';
import { table } from './table';

export const registerStatus: RegisterCommand = (program) =>
  void program
    .command('status')
    .description('show whether the cluster runs, and each of its processes')
    .option(...dataOption)
    .action(async ({ data }: { data: string }) => {
      const paths = new ClusterPaths(data);
      const state = readState(paths);
      if (!state || !lockHolder(paths)) {
        process.stdout.write('not running\n');
        process.exitCode = 1;
        return;
      }
      const rows = Object.entries(state.components).map(([name, component]) => [
        name,
        isAlive(component) ? 'running' : 'ended',
        String(component.pid),
        String(component.restarts),
        component.since,
      ]);
      process.stdout.write(table([['COMPONENT', 'STATE', 'PID', 'RESTARTS', 'SINCE'], ...rows]));
      const membership = readMembership(paths);
      if (membership) {
        process.stdout.write(
          `node ${membership.nodeName} of ${membership.server} ${await nodeReadiness(paths, membership)}\n`,
        );
        return;
      }
      process.stdout.write(`API server https://127.0.0.1:${state.port} ${await readiness(paths, state.port)}\n`);
      process.stdout.write(`export KUBECONFIG=${paths.kubeconfig}\n`);
    });

async function readiness(paths: ClusterPaths, port: number): Promise<string> {
  try {
    const api = await adminConnection(paths, port);
    await api.ready();
    return `is ready, ${await api.readyNodes()} nodes ready`;
  } catch (error) {
    process.exitCode = 1;
    return `is not ready: ${(error as Error).message}`;
  }
}

async function nodeReadiness(paths: ClusterPaths, { nodeName }: Membership): Promise<string> {
  try {
    const { isNodeReady } = require('../node/start-node') as typeof import('../node/start-node');
    if (await isNodeReady(paths, nodeName)) return 'is ready';
    process.exitCode = 1;
    return 'is not ready';
  } catch (error) {
    process.exitCode = 1;
    return `does not reach the API server: ${(error as Error).message}`;
  }
}
