import { existsSync, mkdirSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PluginRegistrar, type PluginInfo } from '@nestor/csi';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('plugin-watcher');
/** Change notices may get lost; nothing else depends on this. */
const sweepMs = 10_000;
/** A plugin that hangs must not keep the node from starting. */
const firstSweepMs = 5000;

/** What a kind of plugin does when one comes and goes. A throw refuses the plugin, and is what it is told. */
export interface PluginHandler {
  type: string;
  register(plugin: PluginInfo): Promise<void>;
  deregister(plugin: PluginInfo): Promise<void>;
}

interface Registered {
  plugin: PluginInfo;
  /** The socket's own identity: a driver that starts anew makes a new one under the old name. */
  identity: string;
}

/** Plugins make themselves known by a socket in the registry directory, and go by removing it. */
export class PluginWatcher {
  private readonly registered = new Map<string, Registered>();
  private readonly refused = new Map<string, string>();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly directory: string,
    private readonly handler: PluginHandler,
  ) {}

  /** Resolves when the plugins that are there have been asked; what comes later is heard of. */
  async start(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o750 });
    this.watcher = watch(this.directory, () => this.wake());
    this.timer = setInterval(() => {
      // What was refused may have mended itself.
      this.refused.clear();
      this.wake();
    }, sweepMs).unref();
    this.wake();
    await Promise.race([this.sweeping, delay(firstSweepMs, undefined, { ref: false })]);
  }

  async stop(): Promise<void> {
    this.watcher?.close();
    clearInterval(this.timer);
    this.again = false;
    await this.sweeping;
  }

  private wake(): void {
    if (this.sweeping) {
      this.again = true;
      return;
    }
    this.sweeping = this.sweep().finally(() => {
      this.sweeping = undefined;
      if (!this.again) return;
      this.again = false;
      this.wake();
    });
  }

  private async sweep(): Promise<void> {
    const present = this.sockets();
    for (const [path, { plugin, identity }] of this.registered) {
      if (present.get(path) === identity) continue;
      this.registered.delete(path);
      await this.handler.deregister(plugin).catch((error: Error) => this.warn(path, error, 'plugin not deregistered'));
      log.info({ plugin: plugin.name }, 'plugin deregistered');
    }
    for (const [path, identity] of present) {
      if (this.registered.has(path) || this.refused.get(path) === identity) continue;
      await this.register(path, identity);
    }
  }

  private async register(path: string, identity: string): Promise<void> {
    const registrar = new PluginRegistrar(path);
    try {
      const plugin = await registrar.info();
      const problem = await this.tryRegister(plugin);
      if (problem === undefined) this.registered.set(path, { plugin, identity });
      await registrar.notify(problem);
      if (problem !== undefined) throw new Error(problem);
      log.info({ plugin: plugin.name, endpoint: plugin.endpoint }, 'plugin registered');
    } catch (error) {
      this.refused.set(path, identity);
      this.warn(path, error as Error, 'plugin not registered');
    } finally {
      registrar.close();
    }
  }

  private async tryRegister(plugin: PluginInfo): Promise<string | undefined> {
    if (plugin.type !== this.handler.type)
      return `RegisterPlugin error -- no handler registered for plugin type: ${plugin.type}`;
    try {
      await this.handler.register(plugin);
      return undefined;
    } catch (error) {
      return `RegisterPlugin error -- plugin registration failed with err: ${(error as Error).message}`;
    }
  }

  private sockets(): Map<string, string> {
    const found = new Map<string, string>();
    if (!existsSync(this.directory)) return found;
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isSocket()) found.set(path, `${stats.ino}:${stats.ctimeMs}`);
    }
    return found;
  }

  private warn(path: string, error: Error, message: string): void {
    log.warn({ object: path, error: error.message }, message);
  }
}
