import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnvironment, nodeFlags } from '@nestor/config';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { freePort } from '../cluster/ports';
import type { Component } from './component';
import { processComponent } from './process.component';

export type Flags = Record<string, string | number | undefined>;

export interface AppProcess {
  paths: ClusterPaths;
  name: string;
  /** The folder below apps/. */
  app: string;
  tracing: boolean;
  /** Read at each start. */
  flags: () => Flags | Promise<Flags>;
  env?: () => NodeJS.ProcessEnv;
  ready: () => Promise<void>;
  readyTimeoutMs?: number;
}

/** One of apps/ as a process of its own. */
export function appProcess({
  paths,
  name,
  app,
  tracing,
  flags,
  env: more,
  ready,
  readyTimeoutMs,
}: AppProcess): Component {
  const env: NodeJS.ProcessEnv = nodeEnvironment(app);
  return processComponent({
    name,
    logFile: paths.log(name),
    env,
    command: async () => {
      Object.assign(env, more?.());
      const all: Flags = { ...(await flags()), 'tracing-file': tracing ? paths.traces(name) : undefined };
      const given = Object.entries(all).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}=${value}`]));
      return [process.execPath, ...nodeFlags(app), appMain(app), ...given];
    },
    ready,
    readyTimeoutMs,
  });
}

/** The same with a health server of its own on any free port: several clusters may run on one machine. */
export function observedApp(spec: Omit<AppProcess, 'ready'>): Component {
  let port = 0;
  return appProcess({
    ...spec,
    flags: async () => {
      port = await freePort();
      return { 'observability-port': port, ...(await spec.flags()) };
    },
    ready: async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    },
  });
}

function appMain(app: string): string {
  const main = join(__dirname, '..', '..', '..', app, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error(`apps/${app} is not built: npx nx run-many -t build`);
  return main;
}
