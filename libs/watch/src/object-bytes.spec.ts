import fc from 'fast-check';
import { encodeBookmark, encodeEvent, withoutResourceVersion, withResourceVersion } from './object-bytes';

describe('object bytes', () => {
  it('puts the revision in as the first key of metadata and takes it out again', () => {
    const metadata = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.string())));
    fc.assert(
      fc.property(fc.string(), metadata, fc.json(), fc.nat(), (kind, meta, rest, revision) => {
        delete meta.resourceVersion;
        const body = Buffer.from(JSON.stringify({ kind, apiVersion: 'v1', metadata: meta, spec: { text: rest } }));
        const bytes = withResourceVersion(body, revision);
        const parsed = JSON.parse(bytes.toString()) as { metadata: { resourceVersion: string } };
        expect(Object.keys(parsed.metadata)[0]).toBeDefined();
        expect(parsed.metadata.resourceVersion).toBe(String(revision));
        expect(withoutResourceVersion(bytes).equals(body)).toBe(true);
      }),
    );
  });

  it('is not misled by a string that looks like metadata', () => {
    const body = Buffer.from('{"kind":"\\"metadata\\":{","apiVersion":"v1","metadata":{"name":"a"}}');
    expect(withResourceVersion(body, 7).toString()).toBe(
      '{"kind":"\\"metadata\\":{","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}}',
    );
    expect(() => withResourceVersion(Buffer.from('{}'), 1)).toThrow('no metadata');
  });

  it('encodes events and bookmarks as lines', () => {
    expect(encodeEvent('MODIFIED', Buffer.from('{"a":1}')).toString()).toBe('{"type":"MODIFIED","object":{"a":1}}\n');
    const bookmark = { kind: 'Pod', apiVersion: 'v1', revision: 12 };
    expect(encodeBookmark({ ...bookmark, initialEventsEnd: false }).toString()).toBe(
      '{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"12"}}}\n',
    );
    expect(encodeBookmark({ ...bookmark, initialEventsEnd: true }).toString()).toContain(
      '"annotations":{"k8s.io/initial-events-end":"true"}',
    );
  });
});
