import type { ComprehensionForm } from '../syntax/ast';
import { CelError, noSuchOverload } from '../values/cel-error';
import { CelList, ValueList } from '../values/list';
import { CelMap, KeyValue, ValueMap } from '../values/map';
import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import type { Frame, Step } from './frame';
import { attempt } from './logic';

/** A macro's parts, compiled. The second slot is there for two variables. */
export interface Loop {
  readonly range: Step;
  readonly slots: readonly number[];
  readonly filter?: Step;
  readonly body: Step;
}

/**
 * What one turn costs beside its body: cel-go writes each macro out as a loop with an accumulator, and charges for
 * reading, testing and extending that.
 */
const turnCost: Readonly<Record<ComprehensionForm, number>> = {
  all: 3,
  exists: 4,
  existsOne: 1,
  map: 12,
  filter: 1,
  transformList: 12,
  transformMap: 3,
  transformMapEntry: 2,
};
/** Beside that, what an element costs that is taken. */
const TAKEN = 12;

/** Calls `turn` for each element until it returns false. */
function each(loop: Loop, form: ComprehensionForm, frame: Frame, turn: (key: Value, value: Value) => boolean): void {
  const range = loop.range(frame);
  const charge = turnCost[form];
  const visit = (key: Value, value: Value): boolean => {
    frame.charge(charge);
    enter(loop.slots, frame, { key, value, ofMap: range instanceof CelMap });
    return turn(key, value);
  };
  if (range instanceof CelList) {
    for (let index = 0; index < range.size; index += 1) if (!visit(BigInt(index), range.at(index))) break;
  } else if (range instanceof CelMap) {
    for (const key of range.keys()) if (!visit(key, range.get(key) as Value)) break;
  } else throw noSuchOverload();
  frame.charge(1);
}

/** One variable: the element, or a map's key. Two: index or key, then the element. */
function enter(
  [first = 0, second]: readonly number[],
  frame: Frame,
  { key, value, ofMap }: { key: Value; value: Value; ofMap: boolean },
): void {
  frame.slots[first] = second !== undefined || ofMap ? key : value;
  if (second !== undefined) frame.slots[second] = value;
}

const truth = (value: Value): boolean => {
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
};

const quantified =
  (form: 'all' | 'exists', settling: boolean) =>
  (loop: Loop): Step =>
  (frame) => {
    let failed: CelError | undefined;
    let settled = false;
    each(loop, form, frame, () => {
      const found = attempt(loop.body, frame);
      settled = found === settling;
      if (!settled && typeof found !== 'boolean') failed ??= found instanceof CelError ? found : noSuchOverload();
      return !settled;
    });
    if (settled) return settling;
    if (failed) throw failed;
    return !settling;
  };

function existsOne(loop: Loop): Step {
  return (frame) => {
    let count = 0;
    each(loop, 'existsOne', frame, () => {
      if (truth(loop.body(frame))) {
        count += 1;
        frame.charge(2);
      }
      return true;
    });
    return count === 1;
  };
}

function filtered(loop: Loop): Step {
  return (frame) => {
    const items: Value[] = [];
    each(loop, 'filter', frame, () => {
      const element = frame.slots[loop.slots[0] ?? 0] as Value;
      if (truth(loop.body(frame))) {
        frame.charge(TAKEN);
        items.push(element);
      }
      return true;
    });
    return new ValueList(items);
  };
}

const mapped =
  (form: 'map' | 'transformList') =>
  (loop: Loop): Step =>
  (frame) => {
    const items: Value[] = [];
    each(loop, form, frame, () => {
      if (!loop.filter || truth(loop.filter(frame))) items.push(loop.body(frame));
      return true;
    });
    return new ValueList(items);
  };

function transformedMap(loop: Loop): Step {
  return (frame) => {
    const made = new ValueMap();
    each(loop, 'transformMap', frame, (key) => {
      if (!loop.filter || truth(loop.filter(frame))) made.set(key as KeyValue, loop.body(frame));
      return true;
    });
    return made;
  };
}

function transformedEntries(loop: Loop): Step {
  return (frame) => {
    const made = new ValueMap();
    each(loop, 'transformMapEntry', frame, () => {
      if (!loop.filter || truth(loop.filter(frame))) insertAll(made, loop.body(frame));
      return true;
    });
    return made;
  };
}

function insertAll(made: ValueMap, entries: Value): void {
  if (!(entries instanceof CelMap)) throw noSuchOverload();
  for (const key of entries.keys()) {
    if (made.has(key)) throw new CelError(`insert failed: key ${key instanceof Uint ? key.value : key} already exists`);
    made.set(key, entries.get(key) as Value);
  }
}

export const comprehensions: Readonly<Record<ComprehensionForm, (loop: Loop) => Step>> = {
  all: quantified('all', false),
  exists: quantified('exists', true),
  existsOne,
  filter: filtered,
  map: mapped('map'),
  transformList: mapped('transformList'),
  transformMap: transformedMap,
  transformMapEntry: transformedEntries,
};
