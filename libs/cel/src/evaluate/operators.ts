import { add, divide, modulo, multiply, negate, subtract } from '../values/arithmetic';
import { noSuchOverload } from '../values/cel-error';
import { compare } from '../values/compare';
import { equals, someOf } from '../values/equality';
import { CelList } from '../values/list';
import { CelMap } from '../values/map';
import { sizeOf } from '../values/size';
import type { Value } from '../values/value';
import type { Step } from './frame';

/** Cost of looking at each character once. */
const traversal = (size: number): number => Math.ceil(size * 0.1);

const smallerSize = (a: Value, b: Value): number => Math.min(sizeOf(a) ?? 1, sizeOf(b) ?? 1);

const equalityCost = (a: Value, b: Value): number =>
  typeof a === 'bigint' || typeof a === 'boolean' ? 1 : traversal(smallerSize(a, b));

const orderCost = (a: Value, b: Value): number =>
  typeof a === 'string' || a instanceof Uint8Array ? traversal(smallerSize(a, b)) : 1;

const additionCost = (a: Value, b: Value): number =>
  typeof a === 'string' || a instanceof Uint8Array ? traversal((sizeOf(a) ?? 1) + (sizeOf(b) ?? 1)) : 1;

type Binary = (a: Value, b: Value) => Value;

/** Charged before it is done, so that what costs too much is not even begun. */
const binary =
  (apply: Binary, cost: (a: Value, b: Value) => number) =>
  (left: Step, right: Step): Step =>
  (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.charge(cost(a, b));
    return apply(a, b);
  };

const one = (): number => 1;

function contains(element: Value, container: Value): boolean {
  if (container instanceof CelList) return someOf(container, (held) => equals(held, element));
  if (container instanceof CelMap) return container.get(element) !== undefined;
  throw noSuchOverload();
}

const containsCost = (_: Value, container: Value): number => (container instanceof CelList ? container.size : 1);

export const binaryOperators: Readonly<Record<string, (left: Step, right: Step) => Step>> = {
  '_==_': binary(equals, equalityCost),
  '_!=_': binary((a, b) => !equals(a, b), equalityCost),
  '_<_': binary((a, b) => compare(a, b) < 0, orderCost),
  '_<=_': binary((a, b) => compare(a, b) <= 0, orderCost),
  '_>_': binary((a, b) => compare(a, b) > 0, orderCost),
  '_>=_': binary((a, b) => compare(a, b) >= 0, orderCost),
  '_+_': binary(add, additionCost),
  '_-_': binary(subtract, one),
  '_*_': binary(multiply, one),
  '_/_': binary(divide, one),
  '_%_': binary(modulo, one),
  '@in': binary(contains, containsCost),
};

export const unaryOperators: Readonly<Record<string, (operand: Step) => Step>> = {
  '!_': (operand) => (frame) => {
    const value = operand(frame);
    frame.charge(1);
    if (typeof value !== 'boolean') throw noSuchOverload();
    return !value;
  },
  '-_': (operand) => (frame) => {
    const value = operand(frame);
    frame.charge(1);
    return negate(value);
  },
};
