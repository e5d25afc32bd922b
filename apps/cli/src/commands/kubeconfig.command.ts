import { existsSync, readFileSync } from 'node:fs';
import { ClusterPaths } from '../cluster/cluster-paths';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerKubeconfig: RegisterCommand = (program) =>
  void program
    .command('kubeconfig')
    .description('print the administrator’s kubeconfig')
    .option(...dataOption)
    .option('--path', 'print the path of the file instead')
    .action(({ data, path }: { data: string; path?: boolean }) => {
      const { kubeconfig } = new ClusterPaths(data);
      if (!existsSync(kubeconfig))
        throw new CommandError(`there is no ${kubeconfig}; start the cluster with: nestor up`);
      process.stdout.write(path ? `${kubeconfig}\n` : readFileSync(kubeconfig, 'utf8'));
    });
