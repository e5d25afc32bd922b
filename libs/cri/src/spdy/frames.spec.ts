import { inflateSync, constants } from 'node:zlib';
import * as fc from 'fast-check';
import { dataFrame, HeaderBlockWriter, pingFrame, synStreamFrame, takeFrames } from './frames';
import { outcomeOf } from './stream-session';

const inflated = (bytes: Buffer): Buffer => inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });

describe('SPDY frames', () => {
  it('are found again however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.integer({ min: 1, max: 1000 }), payload: fc.uint8Array(), fin: fc.boolean() })),
        fc.integer({ min: 1, max: 20 }),
        (sent, cut) => {
          const wire = Buffer.concat(sent.map(({ id, payload, fin }) => dataFrame(id, Buffer.from(payload), fin)));
          const received = [];
          let rest: Buffer = Buffer.alloc(0);
          for (let at = 0; at < wire.length; at += cut) {
            const taken = takeFrames(Buffer.concat([rest, wire.subarray(at, at + cut)]));
            received.push(...taken.frames);
            rest = taken.rest;
          }
          expect(rest).toHaveLength(0);
          expect(received).toEqual(
            sent.map(({ id, payload, fin }) => ({ kind: 'data', streamId: id, fin, payload: Buffer.from(payload) })),
          );
        },
      ),
    );
  });

  it('tells control frames by their type', () => {
    const { frames } = takeFrames(pingFrame(Buffer.from([0, 0, 0, 1])));
    expect(frames).toEqual([{ kind: 'control', type: 6, flags: 0, payload: Buffer.from([0, 0, 0, 1]) }]);
  });

  it('carry header blocks that any inflater reads, name in lower case', () => {
    const writer = new HeaderBlockWriter();
    const first = writer.encode({ streamType: 'stdin' });
    const text = inflated(first).toString('latin1');
    expect(text).toBe('\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05stdin');
    // The second block continues the same zlib stream.
    const both = inflated(Buffer.concat([first, writer.encode({ streamType: 'stdout' })]));
    expect(both.toString('latin1')).toContain('stdout');
    expect(synStreamFrame(1, first).readUInt32BE(0)).toBe(0x80030001);
  });
});

describe('outcomeOf', () => {
  it.each([
    ['', { exitCode: 0 }],
    ['{"metadata":{},"status":"Success"}', { exitCode: 0 }],
    [
      '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}',
      { exitCode: 42 },
    ],
    ['{"status":"Failure","message":"no such file"}', { exitCode: 1, error: 'no such file' }],
    ['plain words', { exitCode: 1, error: 'plain words' }],
  ])('reads %s', (text, outcome) => {
    expect(outcomeOf(text)).toEqual(outcome);
  });
});
