import { runCommand, type RunCommand } from '../kernel/run-command';
import type { ProxyBackend, SyncReport } from '../proxy-backend';
import type { ProxyState } from '../state/service-port';
import { buildChains, defaultIptablesOptions, type IptablesOptions } from './build-chains';
import { chains, dynamicChain } from './chain-names';
import { jumps, type Jump } from './jumps';
import { restoreInput } from './restore-input';
import { countRules, tableNames, type TableChains, type TableName } from './rule-table';

/** Other users of iptables hold the lock for moments only. */
const wait = ['-w', '5'];
const canaryTables = ['mangle', 'nat', 'filter'] as const;
const ownChain =
  /^KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|FORWARD|PROXY-FIREWALL|PROXY-CANARY)$/;

/** kube-proxy's iptables mode: chains per service and endpoint, written in one iptables-restore per sync. */
export class IptablesBackend implements ProxyBackend {
  readonly mode = 'iptables';
  private readonly options: IptablesOptions;
  /** What the kernel holds as far as this process knows; undefined asks for a full sync. */
  private written: TableChains | undefined;

  constructor(
    options: Partial<IptablesOptions> = {},
    private readonly run: RunCommand = runCommand,
  ) {
    this.options = { ...defaultIptablesOptions, ...options };
  }

  async check(): Promise<void> {
    await this.run('iptables', [...wait, '-t', 'nat', '-S', 'POSTROUTING']);
    await this.run('iptables-restore', ['--version']);
  }

  async sync(state: ProxyState, { full = false } = {}): Promise<SyncReport> {
    const wanted = buildChains(state, this.options);
    const rules = { nat: countRules(wanted.nat), filter: countRules(wanted.filter) };
    if (full || !this.written) {
      await this.fullSync(wanted);
      return { changed: true, rules };
    }
    const input = restoreInput(this.written, wanted);
    if (input !== '') await this.restore(input, wanted);
    return { changed: input !== '', rules };
  }

  async intact(): Promise<boolean> {
    try {
      for (const table of canaryTables) await this.run('iptables', [...wait, '-t', table, '-S', chains.canary]);
      return true;
    } catch {
      return false;
    }
  }

  async cleanup(): Promise<void> {
    this.written = undefined;
    for (const jump of jumps) await this.removeJump(jump);
    for (const table of canaryTables) {
      const own = (await this.chainsOf(table)).filter((chain) => ownChain.test(chain) || dynamicChain.test(chain));
      if (own.length === 0) continue;
      const lines = [`*${table}`, ...own.map((chain) => `:${chain} - [0:0]`), ...own.map((chain) => `-X ${chain}`)];
      await this.run('iptables-restore', [...wait, '--noflush'], { input: `${lines.join('\n')}\nCOMMIT\n` });
    }
  }

  /** Writes every chain, deletes dynamic chains nobody wants, and makes sure the built-in chains jump to ours. */
  private async fullSync(wanted: TableChains): Promise<void> {
    this.written = undefined;
    const found: TableChains = { nat: new Map(), filter: new Map() };
    for (const table of tableNames) {
      for (const chain of await this.chainsOf(table)) {
        // A rule no one has makes the chain differ, so that it is written anew or deleted.
        if (dynamicChain.test(chain)) found[table].set(chain, ['']);
      }
    }
    await this.restore(restoreInput(found, wanted), wanted);
    for (const jump of jumps) await this.ensureJump(jump);
    for (const table of canaryTables) await this.ensureChain(table, chains.canary);
  }

  private async restore(input: string, wanted: TableChains): Promise<void> {
    // Until it has worked, what the kernel holds is unknown.
    this.written = undefined;
    await this.run('iptables-restore', [...wait, '--noflush', '--counters'], { input });
    this.written = wanted;
  }

  private async chainsOf(table: TableName | 'mangle'): Promise<string[]> {
    const rules = await this.run('iptables', [...wait, '-t', table, '-S']);
    return [...rules.matchAll(/^-N (\S+)$/gm)].map((match) => match[1]!);
  }

  private async ensureChain(table: string, chain: string): Promise<void> {
    if (await this.succeeds(['-t', table, '-S', chain])) return;
    await this.run('iptables', [...wait, '-t', table, '-N', chain]);
  }

  private async ensureJump({ table, from, rule }: Jump): Promise<void> {
    if (await this.succeeds(['-t', table, '-C', from, ...rule])) return;
    await this.run('iptables', [...wait, '-t', table, '-I', from, ...rule]);
  }

  private async removeJump({ table, from, rule }: Jump): Promise<void> {
    while (await this.succeeds(['-t', table, '-D', from, ...rule]));
  }

  private async succeeds(args: readonly string[]): Promise<boolean> {
    try {
      await this.run('iptables', [...wait, ...args]);
      return true;
    } catch {
      return false;
    }
  }
}
