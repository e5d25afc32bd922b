import { CelMap, unescapeProperty, ValueList, type Value } from '@nestor/cel';

/** Lists of texts by key. A key may be written as a name: user.extra.acme__dot__com__slash__tenant (authentication/cel UserInfoMapper). */
export class NamedMap extends CelMap {
  constructor(private readonly lists: Readonly<Record<string, readonly string[]>>) {
    super();
  }

  get size(): number {
    return Object.keys(this.lists).length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const name = unescapeProperty(key);
    return Object.hasOwn(this.lists, name) ? new ValueList(this.lists[name] ?? []) : undefined;
  }

  keys(): Iterable<string> {
    return Object.keys(this.lists);
  }
}
