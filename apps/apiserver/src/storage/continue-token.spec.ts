import * as fc from 'fast-check';
import { decodeContinue, encodeContinue } from './continue-token';

describe('the continue token', () => {
  const part = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
  it('carries its place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.oneof(part, fc.constant('')), part, (revision, namespace, name) => {
        const point = { revision, after: { namespace, name } };
        expect(decodeContinue(encodeContinue(point))).toEqual(point);
      }),
    );
  });
  it.each(['', 'x', Buffer.from('{}').toString('base64url')])('refuses %p', (token) => {
    expect(() => decodeContinue(token)).toThrow('continue key is not valid');
  });
});
