import { existsSync } from 'node:fs';
import { importImageArchive } from '@nestor/cri';
import { ClusterPaths } from '../cluster/cluster-paths';
import { readState } from '../cluster/cluster-state';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerImage: RegisterCommand = (program) =>
  void program
    .command('image')
    .description('bring images into the cluster')
    .command('import')
    .description('import image archives (OCI layout or docker save, plain or gzipped)')
    .argument('<file...>')
    .option(...dataOption)
    .action(async (files: string[], { data }: { data: string }) => {
      const paths = new ClusterPaths(data);
      const state = readState(paths);
      if (!state) throw new CommandError(`no cluster is running on ${paths.data}; start it with: nestor up`);
      for (const file of files) {
        if (!existsSync(file)) throw new CommandError(`there is no file ${file}`);
      }
      if (state.runtime === 'sim') {
        process.stdout.write('simulated containers need no images: every image is taken to be there\n');
        return;
      }
      for (const file of files) {
        const names = await importImageArchive({ address: paths.containerdSocket, archive: file });
        process.stdout.write(names.map((name) => `imported ${name}\n`).join(''));
      }
    });
