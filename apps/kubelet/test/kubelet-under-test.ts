import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterIdentities, nodeIdentity } from '@nestor/pki';
import {
  eventually,
  freePort,
  kubectl,
  repositoryRoot,
  startProcess,
  type TestApiServer,
  type TestProcess,
} from '@nestor/testing';

export interface KubeletUnderTest {
  process: TestProcess;
  kubectl(...args: string[]): Promise<string>;
  apply(manifest: object): Promise<void>;
}

export const main = join(repositoryRoot(), 'apps', 'kubelet', 'dist', 'main.js');
export const isBuilt = existsSync(main) && existsSync(join(repositoryRoot(), 'apps', 'apiserver', 'dist', 'main.js'));

/** Starts the built kubelet against a test's API server and waits for its nodes to be Ready. */
export async function startKubelet(
  api: TestApiServer,
  flags: Record<string, string | number | boolean>,
  settings: { netns?: string; nodes: string[] },
): Promise<KubeletUnderTest> {
  const isSimulated = flags.runtime === 'sim';
  const nodeName = settings.nodes[0] ?? '';
  const { server } = await api.pki.kubelet(nodeName, ['127.0.0.1', 'localhost']);
  const identity = isSimulated ? clusterIdentities.simulatedNodes : nodeIdentity(nodeName);
  const all = {
    kubeconfig: await api.kubeconfigFor(identity),
    port: await freePort(),
    'tls-cert-file': server.certificateFile,
    'tls-private-key-file': server.keyFile,
    'client-ca-file': api.pki.caFile,
    'node-ip': '127.0.0.1',
    ...flags,
  };
  const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  const process = startProcess(globalThis.process.execPath, {
    args: ['--enable-source-maps', main, ...args],
    netns: settings.netns,
  });
  const run = async (args: readonly string[], input?: string) =>
    (await kubectl(args, { kubeconfig: api.adminKubeconfig, input })).stdout;
  const under: KubeletUnderTest = {
    process,
    kubectl: (...command) => run(command),
    apply: async (manifest) => void (await run(['apply', '-f', '-'], JSON.stringify(manifest))),
  };
  try {
    await eventually(
      async () => {
        // The API may still know the nodes from a kubelet before.
        if (!process.output().includes('nodes registered')) throw new Error('the nodes are not registered');
        const text = await under.kubectl('get', 'nodes', '-o', 'json');
        const { items } = JSON.parse(text) as {
          items: { status: { conditions?: { type: string; status: string }[] } }[];
        };
        const ready = items.filter(({ status }) =>
          status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        );
        if (ready.length < settings.nodes.length) throw new Error(`${ready.length} nodes ready`);
      },
      { timeoutMs: 60_000 },
    );
    // What the controllers of a whole cluster would have made.
    const made = await under.kubectl('get', 'serviceaccounts', '-o', 'name');
    if (!made.includes('/default')) {
      await under.kubectl('create', 'serviceaccount', 'default');
      await under.kubectl('create', 'configmap', 'kube-root-ca.crt', `--from-file=ca.crt=${api.caFile}`);
    }
  } catch (error) {
    const output = process.output();
    await process.kill();
    throw new Error(`${(error as Error).message}\n${output.slice(-4000)}`, { cause: error });
  }
  return under;
}

/** A pod that needs no scheduler. */
export function podOn(nodeName: string, name: string, spec: object, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { nodeName, terminationGracePeriodSeconds: 1, ...spec },
  };
}
