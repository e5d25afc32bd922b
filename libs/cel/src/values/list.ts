import type { CelType } from '../types/cel-type';
import { adapt } from './adapt';
import type { Value } from './value';

/** A list; elements of JSON are made into values when they are asked for. */
export abstract class CelList {
  abstract readonly size: number;
  abstract at(index: number): Value;

  /** A list of a schema with list type set or map is equal in any order. */
  constructor(
    readonly listType?: 'set' | 'map',
    readonly mapKeys?: readonly string[],
  ) {}

  *[Symbol.iterator](): IterableIterator<Value> {
    for (let index = 0; index < this.size; index += 1) yield this.at(index);
  }
}

export class ValueList extends CelList {
  constructor(
    readonly items: readonly Value[],
    listType?: 'set' | 'map',
    mapKeys?: readonly string[],
  ) {
    super(listType, mapKeys);
  }
  get size(): number {
    return this.items.length;
  }
  at(index: number): Value {
    return this.items[index] as Value;
  }
}

export class JsonList extends CelList {
  constructor(
    readonly json: readonly unknown[],
    private readonly element: CelType,
    list?: CelType,
  ) {
    super(list?.listType, list?.listMapKeys);
  }
  get size(): number {
    return this.json.length;
  }
  at(index: number): Value {
    return adapt(this.json[index], this.element);
  }
}
