import { extname } from 'node:path';

/** The types that Go's package mime knows without the system's tables. */
const byExtension: ReadonlyMap<string, string> = new Map([
  ['.avif', 'image/avif'],
  ['.css', 'text/css; charset=utf-8'],
  ['.gif', 'image/gif'],
  ['.htm', 'text/html; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.jpeg', 'image/jpeg'],
  ['.jpg', 'image/jpeg'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.pdf', 'application/pdf'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.wasm', 'application/wasm'],
  ['.webp', 'image/webp'],
  ['.xml', 'text/xml; charset=utf-8'],
]);

/** What logs are rotated into. Markup is not looked for: a log that begins with it is text all the same. */
const byBeginning: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0x1f, 0x8b, 0x08]), 'application/x-gzip'],
  [Buffer.from('PK\u0003\u0004'), 'application/zip'],
];
// The bytes that no text has, as the standard on sniffing names them.
const binary = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;

/** How much of a file's beginning tells its type. */
export const sniffedBytes = 512;

/** The type of a file, by its name or else by how it begins. */
export function contentType(name: string, beginning: Buffer): string {
  const known =
    byExtension.get(extname(name).toLowerCase()) ??
    byBeginning.find(([mark]) => beginning.subarray(0, mark.length).equals(mark))?.[1];
  if (known) return known;
  return binary.test(beginning.toString('latin1')) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
