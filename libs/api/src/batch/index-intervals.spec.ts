import fc from 'fast-check';
import {
  countCommonIndexes,
  countIndexes,
  formatIndexes,
  hasIndex,
  indexIntervals,
  mergeIndexes,
  parseIndexes,
  parseIndexesStrictly,
} from './index-intervals';

const indexSet = fc.uniqueArray(fc.nat({ max: 120 })).map((indexes) => indexes.sort((a, b) => a - b));
const completions = 121;

describe('index intervals', () => {
  it.each([
    [[], ''],
    [[3], '3'],
    [[0, 1], '0,1'],
    [[0, 1, 2], '0-2'],
    [[1, 3, 4, 5, 7], '1,3-5,7'],
  ])('writes %j as "%s"', (indexes, text) => expect(formatIndexes(indexIntervals(indexes))).toBe(text));

  it('reads what it writes', () => {
    fc.assert(
      fc.property(indexSet, (indexes) => {
        const intervals = indexIntervals(indexes);
        const text = formatIndexes(intervals);
        expect(parseIndexes(text, completions)).toEqual(intervals);
        expect(formatIndexes(mergeIndexes(parseIndexesStrictly(text, completions), []))).toBe(text);
        expect(countIndexes(intervals)).toBe(indexes.length);
        for (let index = 0; index < completions; index++) {
          expect(hasIndex(intervals, index)).toBe(indexes.includes(index));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('joins and meets as sets do', () => {
    fc.assert(
      fc.property(indexSet, indexSet, (left, right) => {
        const [a, b] = [indexIntervals(left), indexIntervals(right)];
        expect(mergeIndexes(a, b)).toEqual(indexIntervals(new Set([...left, ...right])));
        expect(countCommonIndexes(a, b)).toBe(left.filter((index) => right.includes(index)).length);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves out what cannot be read or lies beyond the completions', () => {
    expect(formatIndexes(parseIndexes('0,x,2-9,12', 5))).toBe('0,2-4');
  });

  it.each([
    [
      '1-2-3',
      `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['1,', 'cannot convert string to integer for index: ""'],
    ['9', 'too large index: "9"'],
    ['2-1', 'non-increasing order, previous: 2, current: 1'],
    ['1,1', 'non-increasing order, previous: 1, current: 1'],
  ])('refuses %s', (text, message) => expect(() => parseIndexesStrictly(text, 5)).toThrow(message));
});
