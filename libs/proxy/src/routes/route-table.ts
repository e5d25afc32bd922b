import { isIPv6 } from 'node:net';
import { CommandError, runCommand, type RunCommand } from '../kernel/run-command';
import type { NodeRoutes } from './node-routes';

/** Marks our routes in the kernel's table, so that no others are touched: a number that /etc/iproute2/rt_protos leaves free. */
export const routeProtocol = '158';

export interface RouteProblem {
  range: string;
  via: string;
  problem: string;
}

/** Our routes in the kernel's main table. */
export class RouteTable {
  constructor(private readonly run: RunCommand = runCommand) {}

  /** Makes the table what is wanted. What cannot be routed (a node on another network) is given back, the rest stands. */
  async apply(wanted: NodeRoutes): Promise<RouteProblem[]> {
    const present = await this.present();
    for (const [range, via] of present) if (wanted.get(range) !== via) await this.change('del', range);
    const problems: RouteProblem[] = [];
    for (const [range, via] of wanted) {
      if (present.get(range) === via) continue;
      const problem = await this.change('add', range, 'via', via);
      if (problem) problems.push({ range, via, problem });
    }
    return problems;
  }

  private async present(): Promise<Map<string, string>> {
    const routes = new Map<string, string>();
    for (const family of ['-4', '-6']) {
      const text = await this.run('ip', ['-o', family, 'route', 'show', 'proto', routeProtocol]);
      for (const [, range = '', via = ''] of text.matchAll(/^(\S+) via (\S+)/gm)) routes.set(range, via);
    }
    return routes;
  }

  /** What the kernel has against it: that there is such a route of somebody else's, or no way to the node. */
  private async change(verb: 'add' | 'del', range: string, ...where: string[]): Promise<string | undefined> {
    const family = isIPv6(range.split('/')[0] ?? '') ? '-6' : '-4';
    try {
      await this.run('ip', [family, 'route', verb, range, ...where, 'proto', routeProtocol]);
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return error.stderr.trim();
      throw error;
    }
  }
}
