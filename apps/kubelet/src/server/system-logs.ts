import type { Stats } from 'node:fs';
import { constants, open, readdir, type FileHandle } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { preconditionStatus, isUnmodified, requestedRange, type ByteRange } from './conditional-request';
import { contentType, sniffedBytes } from './content-type';
import { directoryListing, relativeUrl } from './directory-listing';
import { HttpError } from './http-error';
import type { NodeRequest } from './node-routes';

interface OpenFile {
  path: string;
  file: FileHandle;
  stats: Stats;
}

/** Opening a pipe must not wait for its writer. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;
const indexPage = 'index.html';

/** /logs/: the files of a folder, as Go's http.FileServer serves them. It follows links, out of the folder as well. */
export class SystemLogs {
  constructor(private readonly folder = '/var/log') {}

  async serve(asked: NodeRequest): Promise<void> {
    const [, ...names] = asked.segments;
    // A part may hold decoded slashes and dots: above the root there is nothing.
    const name = posix.normalize(`/${names.join('/')}`);
    if (basename(name) === indexPage && !asked.endsInSlash) return redirect(asked, './');
    const opened = await openFile(join(this.folder, name));
    try {
      await this.serveOpened(asked, opened);
    } finally {
      await opened.file.close();
    }
  }

  private async serveOpened(asked: NodeRequest, opened: OpenFile): Promise<void> {
    const isDirectory = opened.stats.isDirectory();
    if (isDirectory !== asked.endsInSlash) {
      const last = relativeUrl(posix.basename(asked.segments.join('/')));
      return redirect(asked, isDirectory ? `${last}/` : `../${last}`);
    }
    await (isDirectory ? serveDirectory(asked, opened) : serveFile(asked, opened));
  }
}

async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path, openFlags).catch((error: NodeJS.ErrnoException) => Promise.reject(httpErrorOf(error)));
  return { path, file, stats: await file.stat() };
}

/** Says no more of the file system than it must. */
function httpErrorOf({ code }: NodeJS.ErrnoException): HttpError {
  if (code === 'ENOENT' || code === 'ENOTDIR') return new HttpError(404, '404 page not found\n');
  if (code === 'EACCES' || code === 'EPERM') return new HttpError(403, '403 Forbidden\n');
  return new HttpError(500, '500 Internal Server Error\n');
}

/** Relative, so that it holds behind a proxy. */
function redirect({ response, query }: NodeRequest, location: string): void {
  const search = query.size > 0 ? `?${query.toString()}` : '';
  response.writeHead(301, { location: location + search, 'content-length': 0 });
  response.end();
}

async function serveDirectory(asked: NodeRequest, { path, stats }: OpenFile): Promise<void> {
  const index = await openFile(join(path, indexPage)).catch(() => undefined);
  try {
    if (index && !index.stats.isDirectory()) return await serveFile(asked, index);
  } finally {
    await index?.file.close();
  }
  const { request, response } = asked;
  if (isUnmodified(request.headers, stats.mtime)) return endWith(asked, 304);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => {
    throw new HttpError(500, 'Error reading directory\n');
  });
  const body = directoryListing(entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() })));
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'last-modified': stats.mtime.toUTCString() });
  response.end(body);
}

async function serveFile(asked: NodeRequest, opened: OpenFile): Promise<void> {
  const { stats } = opened;
  const { request, response } = asked;
  // A pipe or a device has neither a size nor a beginning to come back to.
  if (!stats.isFile()) throw new HttpError(500, "seeker can't seek\n");
  response.setHeader('last-modified', stats.mtime.toUTCString());
  const refused = preconditionStatus(request.headers, stats.mtime);
  if (refused) return endWith(asked, refused);
  const range = requestedRange(request.headers, { size: stats.size, modified: stats.mtime });
  if (range && 'refusal' in range) {
    const outside: Record<string, string> = range.refusal.includes('overlap')
      ? { 'content-range': `bytes */${stats.size}` }
      : {};
    throw new HttpError(416, `${range.refusal}\n`, outside);
  }
  response.setHeader('content-type', await typeOf(opened));
  response.setHeader('accept-ranges', 'bytes');
  if (range) response.setHeader('content-range', `bytes ${range.start}-${range.end}/${stats.size}`);
  response.statusCode = range ? 206 : 200;
  await sendBytes(asked, opened, range ?? { start: 0, end: stats.size - 1 });
}

async function typeOf({ path, file }: OpenFile): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0);
  return contentType(path, buffer.subarray(0, bytesRead));
}

/** As many bytes as there were when it began: a log may grow meanwhile, or be cut off. */
async function sendBytes({ response }: NodeRequest, { file }: OpenFile, { start, end }: ByteRange): Promise<void> {
  const length = end - start + 1;
  response.setHeader('content-length', length);
  if (length === 0) return void response.end();
  const source = file.createReadStream({ start, end, autoClose: false });
  try {
    await pipeline(source, response, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return; // The caller has gone.
    throw error;
  }
  if (source.bytesRead < length) throw new Error('the file was cut off while it was sent');
  response.end();
}

function endWith({ response }: NodeRequest, status: 304 | 412): void {
  response.writeHead(status);
  response.end();
}
