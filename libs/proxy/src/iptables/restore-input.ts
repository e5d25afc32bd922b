import { tableNames, type Chains, type TableChains } from './rule-table';

const nothing: Chains = new Map();

/**
 * Input for `iptables-restore --noflush` that turns `before` into `after`: only chains that differ are written, chains
 * that are gone are deleted. '' when nothing differs. Declaring a chain empties it, all tables commit in one run.
 */
export function restoreInput(before: TableChains | undefined, after: TableChains): string {
  return tableNames.map((table) => tableInput(table, before?.[table] ?? nothing, after[table])).join('');
}

function tableInput(table: string, before: Chains, after: Chains): string {
  const changed = [...after].filter(([chain, rules]) => !sameRules(before.get(chain), rules));
  const gone = [...before.keys()].filter((chain) => !after.has(chain));
  if (changed.length === 0 && gone.length === 0) return '';
  const lines = [`*${table}`];
  for (const [chain] of changed) lines.push(`:${chain} - [0:0]`);
  for (const chain of gone) lines.push(`:${chain} - [0:0]`);
  for (const [chain, rules] of changed) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  // Last: a chain can only go when no rule jumps to it any more.
  for (const chain of gone) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, index) => rule === b[index]);
}
