import * as fc from 'fast-check';
import { LogLines, parseLogLine } from './cri-log';
import { readLogs, type LogOptions, type LogSource } from './read-logs';

const line = (second: number, text: string, stream = 'stdout', tag = 'F') =>
  `2030-01-01T00:00:0${second}.000000000Z ${stream} ${tag} ${text}\n`;

async function read(text: string, options: LogOptions, growth: string[] = []): Promise<string> {
  let content = Buffer.from(text);
  const source: LogSource = {
    read: async (from) => content.subarray(from),
    changed: async () => void (content = Buffer.concat([content, Buffer.from(growth.shift() ?? '')])),
  };
  const control = { isEnded: async () => growth.length === 0, signal: new AbortController().signal };
  let out = '';
  for await (const chunk of readLogs(source, options, control)) out += chunk.toString();
  return out;
}

describe('parseLogLine', () => {
  it.each([
    ['2030-01-01T00:00:00Z stdout F hello world', 'hello world\n'],
    ['2030-01-01T00:00:00Z stderr P part', 'part'],
    ['2030-01-01T00:00:00Z stdout F ', '\n'],
  ])('reads %j', (text, content) => expect(parseLogLine(Buffer.from(text))?.content.toString()).toBe(content));
  it('passes over what is no log line', () => expect(parseLogLine(Buffer.from('garbage'))).toBeUndefined());
});

describe('LogLines', () => {
  it('finds the same lines however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]*$/)), fc.integer({ min: 1, max: 7 }), (texts, size) => {
        const whole = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const lines = new LogLines();
        const found: string[] = [];
        for (let at = 0; at < whole.length; at += size)
          found.push(...lines.take(whole.subarray(at, at + size)).map(String));
        expect(found).toEqual(texts);
      }),
    );
  });
});

describe('readLogs', () => {
  const text = line(1, 'one') + line(2, 'two', 'stderr') + line(3, 'thr', 'stdout', 'P') + line(3, 'ee');
  it.each<[string, LogOptions, string]>([
    ['all', {}, 'one\ntwo\nthree\n'],
    ['with times', { timestamps: true, stream: 'Stderr' }, '2030-01-01T00:00:02.000000000Z two\n'],
    ['since a time', { since: Date.parse('2030-01-01T00:00:02Z') }, 'two\nthree\n'],
    ['a tail', { tailLines: 3 }, 'two\nthree\n'],
    ['an empty tail', { tailLines: 0 }, ''],
    ['so many bytes', { limitBytes: 6 }, 'one\ntw'],
    ['one stream', { stream: 'Stdout' }, 'one\nthree\n'],
  ])('gives %s', async (_what, options, expected) => expect(await read(text, options)).toBe(expected));
  it('follows until the container has ended, and reads what it wrote last', async () => {
    expect(await read(line(1, 'one'), { follow: true }, [line(2, 'two'), line(3, 'three')])).toBe('one\ntwo\nthree\n');
  });
  it('follows after a tail', async () => {
    expect(await read(line(1, 'one'), { follow: true, tailLines: 0 }, [line(2, 'two')])).toBe('two\n');
  });
});
