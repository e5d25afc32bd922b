import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from '@nestor/testing';
import { answering } from './http-server';
import { NodeRoutes } from './node-routes';
import { PodDirectory } from './pod-directory';
import { requestPath } from './request-path';
import { SystemLogs } from './system-logs';

interface Answer {
  code: number | undefined;
  text: string;
  headers: IncomingHttpHeaders;
}

const notFound = { code: 404, text: '404 page not found\n' };
const changed = new Date('2026-03-01T10:00:00.500Z');
const changedAt = 'Sun, 01 Mar 2026 10:00:00 GMT';

describe('the files of a node', () => {
  const directory = temporaryDirectory('system-logs');
  const logs = join(directory.path, 'log');
  const servers: Server[] = [];
  let call: (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

  beforeAll(async () => {
    mkdirSync(join(logs, 'apt', 'deep'), { recursive: true });
    mkdirSync(join(logs, 'site'));
    writeFileSync(join(logs, 'site', 'index.html'), '<p>home</p>');
    writeFileSync(join(logs, 'syslog'), '0123456789');
    utimesSync(join(logs, 'syslog'), changed, changed);
    writeFileSync(join(logs, 'empty.log'), '');
    writeFileSync(join(logs, 'a<b>?#&.log'), '<html>text');
    writeFileSync(join(logs, 'c:d'), 'x\u0000y');
    writeFileSync(join(logs, 'syslog.1.gz'), gzipSync('old'));
    writeFileSync(join(directory.path, 'secret'), 'outside');
    symlinkSync(join(directory.path, 'secret'), join(logs, 'out'));
    symlinkSync('syslog', join(logs, 'in'));
    symlinkSync('loop', join(logs, 'loop'));
    execFileSync('mkfifo', [join(logs, 'pipe')]);
    call = await listen(new SystemLogs(logs));
  });
  afterAll(() => {
    for (const server of servers) server.close();
    directory.remove();
  });

  async function listen(systemLogs: SystemLogs | undefined): Promise<typeof call> {
    const routes = new NodeRoutes({
      agents: [],
      directory: new PodDirectory([]),
      systemLogs,
      configuration: { kind: 'KubeletConfiguration' },
    });
    const server = createServer((incoming, response) => {
      const serve = () => routes.serve({ ...requestPath(incoming.url), request: incoming, response });
      void answering({ request: incoming, response }, serve);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return (path, headers = {}, method = 'GET') =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
          let text = '';
          response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ code: response.statusCode, text, headers: response.headers }));
        });
        sent.on('error', reject).end();
      });
  }

  it('are listed by folder', async () => {
    const { code, text, headers } = await call('/logs/');
    expect([code, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toBe(`<!doctype html>
<meta name="viewport" content="width=device-width">
<pre>
<a href="a%3Cb%3E%3F%23&.log">a&lt;b&gt;?#&amp;.log</a>
<a href="apt/">apt/</a>
<a href="./c:d">c:d</a>
<a href="empty.log">empty.log</a>
<a href="in">in</a>
<a href="loop">loop</a>
<a href="out">out</a>
<a href="pipe">pipe</a>
<a href="site/">site/</a>
<a href="syslog">syslog</a>
<a href="syslog.1.gz">syslog.1.gz</a>
</pre>
`);
    expect((await call('/logs/apt/')).text).toContain('<a href="deep/">deep/</a>');
    const since = headers['last-modified'] ?? '';
    expect(await call('/logs/', { 'if-modified-since': since })).toMatchObject({ code: 304, text: '' });
  });

  it('are served whole, by their type', async () => {
    expect(await call('/logs/syslog')).toMatchObject({
      code: 200,
      text: '0123456789',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '10',
        'accept-ranges': 'bytes',
        'last-modified': changedAt,
      },
    });
    expect(await call('/logs/empty.log')).toMatchObject({ code: 200, text: '', headers: { 'content-length': '0' } });
    const typeOf = async (path: string) => (await call(path)).headers['content-type'];
    expect(await typeOf('/logs/syslog.1.gz')).toBe('application/x-gzip');
    expect(await typeOf('/logs/c:d')).toBe('application/octet-stream');
    expect(await typeOf('/logs/a%3Cb%3E%3F%23&.log')).toBe('text/plain; charset=utf-8');
    expect(await call('/logs/site/')).toMatchObject({ text: '<p>home</p>' });
    expect(await typeOf('/logs/site/')).toBe('text/html; charset=utf-8');
  });

  it.each([
    ['/logs', 'logs/'],
    ['/logs/apt', 'apt/'],
    ['/logs/apt?x=1', 'apt/?x=1'],
    ['/logs/syslog/', '../syslog'],
    ['/logs/site/index.html', './'],
  ])('%s is to be asked for at %s', async (path, location) => {
    expect(await call(path)).toMatchObject({ code: 301, text: '', headers: { location } });
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=1-2,4-5', 200, '0123456789', undefined],
    ['bytes=10-', 416, 'invalid range: failed to overlap\n', 'bytes */10'],
    ['bytes=4-2', 416, 'invalid range\n', undefined],
    ['bytes=-', 416, 'invalid range\n', undefined],
    ['bytes=a-b', 416, 'invalid range\n', undefined],
    ['lines=1-2', 416, 'invalid range\n', undefined],
  ])('of %s: %d %j', async (range, code, text, contentRange) => {
    const answer = await call('/logs/syslog', { range });
    expect(answer).toMatchObject({ code, text });
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  it('are served whole where a range is of another version, and empty ones whatever the range', async () => {
    const older = { range: 'bytes=0-1', 'if-range': 'Sun, 01 Mar 2026 09:00:00 GMT' };
    expect(await call('/logs/syslog', older)).toMatchObject({ code: 200, text: '0123456789' });
    const same = { range: 'bytes=0-1', 'if-range': changedAt };
    expect(await call('/logs/syslog', same)).toMatchObject({ code: 206, text: '01' });
    expect(await call('/logs/empty.log', { range: 'bytes=0-1' })).toMatchObject({ code: 200, text: '' });
  });

  it.each([
    [{ 'if-modified-since': changedAt }, 304],
    [{ 'if-modified-since': 'Sun, 01 Mar 2026 09:59:59 GMT' }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-unmodified-since': changedAt }, 200],
    [{ 'if-unmodified-since': 'Sun, 01 Mar 2026 09:59:59 GMT' }, 412],
    [{ 'if-match': '"a"' }, 412],
    [{ 'if-match': '*' }, 200],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"a"', 'if-modified-since': changedAt }, 200],
  ])('under %j: %d', async (headers, code) => {
    expect((await call('/logs/syslog', headers)).code).toBe(code);
  });

  it.each([
    '/logs/..%2fsecret',
    '/logs/%2e%2e%2fsecret',
    '/logs/apt%2f..%2f..%2fsecret',
    '/logs/..%5csecret',
    '/logs/%252e%252e/secret',
    '/logs//secret',
    '/logs/nothing',
    '/logs/syslog/below',
  ])('are not what %s would be', async (path) => {
    expect(await call(path)).toMatchObject(notFound);
  });

  it('are not what is beside the folder: such a path is about something else', async () => {
    for (const path of ['/logs/../secret', '/logs/%2e%2e/secret', '/logs/apt/../../secret', '/logs/..\\secret']) {
      expect(await call(path)).toMatchObject({ code: 404, text: '404: Page Not Found' });
    }
  });

  it('are not what cannot be opened', async () => {
    const broken = { code: 500, text: '500 Internal Server Error\n' };
    for (const path of ['/logs/sys%00log', '/logs/loop', `/logs/${'x'.repeat(300)}`]) {
      expect(await call(path)).toMatchObject(broken);
    }
    expect(await call('/logs/pipe')).toMatchObject({ code: 500, text: "seeker can't seek\n" });
  });

  it('are what links in the folder lead to, outside as well, as in Kubernetes', async () => {
    expect(await call('/logs/in')).toMatchObject({ code: 200, text: '0123456789' });
    expect(await call('/logs/out')).toMatchObject({ code: 200, text: 'outside' });
  });

  it('are for GET alone', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { code, text, headers } = await call('/logs/syslog', {}, method);
      expect({ code, text, allow: headers.allow }).toEqual({
        code: 405,
        text: '405: Method Not Allowed',
        allow: 'GET',
      });
    }
    expect((await call('/logs/syslog', {}, 'HEAD')).code).toBe(405);
  });

  it('are not served where that is turned off', async () => {
    const disabled = await listen(undefined);
    for (const path of ['/logs/', '/logs/syslog']) {
      expect(await disabled(path)).toMatchObject({
        code: 405,
        text: 'logs endpoint is disabled.\n',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      });
    }
  });

  it('stand beside the configuration', async () => {
    const { code, text, headers } = await call('/configz');
    expect([code, headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(text)).toEqual({ kubeletconfig: { kind: 'KubeletConfiguration' } });
    expect((await call('/configz/more')).code).toBe(404);
  });
});
