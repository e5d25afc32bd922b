import type { IncomingMessage } from 'node:http';
import { requestEntityTooLarge, unsupportedMediaType } from '@nestor/api';

/** The limit of kube-apiserver for a resource write. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** How much of an upload that was refused is still read: a client that is cut off while it writes never sees the answer. */
const maxDiscardedBytes = 64 * 1024 * 1024;

/** The whole body. Past the limit it is refused with 413 at once, and the rest is read and forgotten. */
export function readBody(request: IncomingMessage, limit = maxBodyBytes): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let parts: Buffer[] = [];
    let length = 0;
    if (Number(request.headers['content-length'] ?? 0) > limit) reject(tooLarge(limit));
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= limit) {
        parts.push(part);
        return;
      }
      parts = [];
      reject(tooLarge(limit));
      if (length > maxDiscardedBytes) request.destroy();
    });
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    request.on('error', reject);
    request.on('close', () => {
      // Every request closes; an Error with its stack is only worth making for one that broke off.
      if (!request.complete) reject(new Error('the client closed the connection'));
    });
  });
}

const tooLarge = (limit: number): Error => requestEntityTooLarge(`Request entity too large: limit is ${limit}`);

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

/** The serialisation a Content-Type names. No header means JSON, as upstream has it. */
export function bodyFormat(header: string | undefined): BodyFormat {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'application/json' || type === '*/*') return 'json';
  if (type === 'application/yaml' || type === 'text/yaml' || type === 'application/x-yaml') return 'yaml';
  if (type === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unsupportedMediaType(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
}
