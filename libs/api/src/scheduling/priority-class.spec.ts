import type { PriorityClass } from '../meta/json-types';
import { priorityClassDefinition } from './priority-class';

const aClass = (name: string, over: Partial<PriorityClass> = {}): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value: 1000,
  ...over,
});
const context = { now: '', namespace: '', user: { name: '', groups: [] }, subresource: '' };
const problems = (object: PriorityClass, old?: PriorityClass): string[] =>
  (old
    ? priorityClassDefinition.strategy.validateUpdate?.(object, old, context)
    : priorityClassDefinition.strategy.validate?.(object, context)
  )?.map(({ field, detail }) => `${field}: ${detail}`) ?? [];

describe('PriorityClass', () => {
  it.each<[string, PriorityClass, RegExp | undefined]>([
    ['a usual one', aClass('high'), undefined],
    ['one too high', aClass('high', { value: 1_000_000_001 }), /^value: maximum allowed value/],
    ['a reserved name', aClass('system-mine'), /reserved for system use only. error: system-mine is not a known/],
    ['a system class of another value', aClass('system-node-critical'), /must be 2000001000/],
    ['an unknown policy', aClass('high', { preemptionPolicy: 'Sometimes' }), /^preemptionPolicy/],
  ])('%s', (_, object, expected) => {
    const found = problems(object);
    if (expected) expect(found.join()).toMatch(expected);
    else expect(found).toEqual([]);
  });
  it('keeps its value', () => {
    expect(problems(aClass('high', { value: 5 }), aClass('high'))).toEqual(['value: may not be changed in an update.']);
  });
});
