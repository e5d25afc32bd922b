import type { Command } from 'commander';
import { loadConnection } from '@nestor/connection';
import { startCluster } from '@nestor/testing';
import type { Measurement } from '../measurement';
import { thisMachine } from '../machine';
import { cells } from '../report/table';
import { writeResults } from '../report/write-results';
import { clientOf } from '../target';
import { type ClusterWorkload, clusterWorkloads } from './workloads';

interface Options {
  short?: boolean;
  out: string;
}

const names = Object.keys(clusterWorkloads);

export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .description(`whole clusters on simulated nodes: ${names.join(', ')} (without a name: all)`)
    .argument('[workloads...]')
    .option('--short', 'a small run that shows that everything works')
    .option('--out <folder>', 'where the results go', 'bench-results')
    .action(cluster);
}

async function cluster(asked: string[], { short, out }: Options): Promise<void> {
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length) throw new Error(`no workload is called ${unknown.join(', ')}: there are ${names.join(', ')}`);
  const measurements: Measurement[] = [];
  for (const [name, workload] of Object.entries(clusterWorkloads)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const measurement = await measure(workload, short ? 0.01 : 1);
    measurements.push(measurement);
    process.stdout.write(`${cells(measurement).filter(Boolean).join('  ')}\n`);
  }
  writeResults(out, {
    date: new Date().toISOString(),
    machine: thisMachine(),
    server: 'a whole cluster of its own',
    measurements,
  });
}

async function measure({ nodes: asked, run }: ClusterWorkload, share: number): Promise<Measurement> {
  const nodes = Math.max(3, Math.round(asked * share));
  const cluster = await startCluster({ runtime: 'sim', nodes });
  const client = clientOf(loadConnection(cluster.kubeconfig), 16);
  try {
    return await run({ cluster, client, nodes, share });
  } finally {
    await client.close();
    await cluster.stop();
  }
}
