import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isConditionTrue } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { identify, writeState } from '../cluster/cluster-state';
import { removePods, removeContainerLeftovers } from '../cluster/container-cleanup';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Progress } from '../cluster/progress';
import type { Running } from '../cluster/run-supervised';
import { stopLeftovers } from '../cluster/stop-leftovers';
import { containerd } from '../components/node.components';
import { Supervisor } from '../components/supervisor';
import { NodePaths, type Membership } from './membership';
import { memberKubelet, memberProxy } from './node.components';

export interface StartNodeSettings {
  paths: ClusterPaths;
  membership: Membership;
  timeoutMs: number;
}

/** Starts what makes this machine a node, in the order the parts need each other. */
export async function startNode(settings: StartNodeSettings, progress: Progress): Promise<Running> {
  const { paths, membership } = settings;
  paths.create();
  const leftovers = await stopLeftovers(paths);
  if (leftovers.length) progress.say(`  ended what an earlier run left behind: ${leftovers.join(', ')}`);
  const { runtime, nodeName, server } = membership;
  const port = Number(new URL(server).port || 443);
  const supervisor = new Supervisor((components) =>
    writeState(paths, { supervisor: identify(process.pid), port, runtime, components }),
  );
  const stop = async () => {
    await supervisor.stop(async (stopped) => {
      if (stopped === 'kubelet' && runtime === 'containerd') {
        await removePods(paths.containerdSocket).catch(() => undefined);
      }
    });
    if (runtime === 'containerd') await removeContainerLeftovers(paths);
  };
  try {
    const context = { paths, membership, tracing: true, joinTimeoutMs: settings.timeoutMs };
    if (runtime === 'containerd') await progress.step('start containerd', () => supervisor.start(containerd(paths)));
    await progress.step('start the kubelet', () => supervisor.start(memberKubelet(context)));
    rmSync(new NodePaths(paths).bootstrapKubeconfig, { force: true });
    await progress.step('start kube-proxy', () => supervisor.start(memberProxy(context)));
    await progress.step(`node ${nodeName} ready`, () => untilReady(paths, nodeName, settings.timeoutMs));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function untilReady(paths: ClusterPaths, nodeName: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isNodeReady(paths, nodeName))) {
    if (Date.now() > deadline)
      throw new Error(`the node ${nodeName} did not become ready; see ${paths.log('kubelet')}`);
    await sleep(200);
  }
}

/** As the node itself sees it. */
export async function isNodeReady(paths: ClusterPaths, nodeName: string): Promise<boolean> {
  const client = new KubernetesClient({ kubeconfig: new NodePaths(paths).kubeconfig, component: 'cli' });
  try {
    const { status } = await client.resource(refs.nodes).get(nodeName);
    return isConditionTrue(status?.conditions, 'Ready');
  } finally {
    client.close();
  }
}
