/** Rules of each chain of one table, in order. */
export type Chains = Map<string, string[]>;
export interface TableChains {
  nat: Chains;
  filter: Chains;
}
export type TableName = keyof TableChains;
export const tableNames: readonly TableName[] = ['filter', 'nat'];

export class RuleTable {
  readonly chains: Chains = new Map();

  declare(chain: string): string[] {
    let rules = this.chains.get(chain);
    if (!rules) this.chains.set(chain, (rules = []));
    return rules;
  }

  add(chain: string, rule: string): void {
    this.declare(chain).push(rule);
  }
}

export function countRules(chains: Chains): number {
  let count = 0;
  for (const rules of chains.values()) count += rules.length;
  return count;
}
