import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@nestor/testing';
import { FencedError } from './fenced-error';
import { HttpTransport } from './http-transport';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const answer: Handler = (_request, response) => response.end('{}');

/** A server that tells what came to it, and a client of it. */
describe('the connections of a transport', () => {
  let server: Server;
  let transport: HttpTransport;
  let handle: Handler;
  let seen: string[];
  let connections: number;

  const start = async (host: string) => {
    seen = [];
    connections = 0;
    handle = answer;
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      handle(request, response);
    });
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port, family } = server.address() as AddressInfo;
    const url = `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
    const connection = { server: url, namespace: 'default', token: () => 'secret' };
    transport = new HttpTransport({ connection, userAgent: 'test' });
  };
  beforeEach(() => start('127.0.0.1'));
  const stop = () => {
    transport.close();
    server.closeAllConnections();
    server.close();
  };
  afterEach(stop);

  const get = (path = '/') => transport.request({ method: 'GET', path });
  const post = (path = '/', more: object = {}) => transport.request({ method: 'POST', path, body: { a: 1 }, ...more });
  /** Requests to /held are kept without an answer until what this gives is called. */
  const hold = () => {
    const held: ServerResponse[] = [];
    handle = (request, response) => (request.url === '/held' ? held.push(response) : response.end('{}'));
    return () => held.splice(0).forEach((response) => response.end('{}'));
  };
  const fill = async () => {
    const all = Array.from({ length: 64 }, () => get('/held'));
    await eventually(() => expect(seen).toHaveLength(64));
    return all;
  };
  /** Breaks so many connections with the request they bring, if they have carried another. */
  const breakReused = (times: number) => {
    const used = new WeakSet();
    handle = ({ socket }, response) => {
      if (used.has(socket) && times-- > 0) return socket.destroy();
      used.add(socket);
      return response.end('{}');
    };
  };

  it('send what HTTP asks for', async () => {
    let body = '';
    let headers: IncomingMessage['headers'] = {};
    handle = (request, response) => {
      ({ headers } = request);
      request.on('data', (part) => (body += part));
      request.on('end', () => response.writeHead(201, { 'X-Kind': 'Echo' }).end(body));
    };
    const {
      code,
      headers: answered,
      body: echoed,
    } = await post('/?a=b', { contentType: 'application/merge-patch+json' });
    expect({ code, kind: answered['x-kind'], echoed: echoed.toString() }).toEqual({
      code: 201,
      kind: 'Echo',
      echoed: '{"a":1}',
    });
    expect(headers).toEqual({
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      connection: 'keep-alive',
      accept: 'application/json',
      authorization: 'Bearer secret',
      'content-length': '7',
      'content-type': 'application/merge-patch+json',
      'user-agent': 'test',
    });
    expect(seen).toEqual(['POST /?a=b']);
  });

  it('are one for requests that follow one another', async () => {
    for (let n = 0; n < 10; n++) await post();
    expect(connections).toBe(1);
  });

  it('are at most so many, and what finds none free waits its turn', async () => {
    const release = hold();
    const held = await fill();
    const waiting = [post('/first'), post('/second')];
    release();
    await Promise.all([...held, ...waiting]);
    expect(seen.slice(64)).toEqual(['POST /first', 'POST /second']);
    expect(connections).toBe(64);
  });

  it('never carry a write twice', async () => {
    breakReused(1);
    await post();
    await expect(post('/lost')).rejects.toMatchObject({
      code: 503,
      message: expect.stringMatching(/^POST 127\.0\.0\.1:\d+: /),
    });
    await post('/next');
    expect(seen).toEqual(['POST /', 'POST /lost', 'POST /next']);
  });

  it('carry a read once more when the server closed one that was kept, over a new one', async () => {
    breakReused(1);
    await get();
    await get('/lost');
    expect(seen).toEqual(['GET /', 'GET /lost', 'GET /lost']);
    expect(connections).toBe(2);
  });

  it('do not carry a read again that breaks on a new one', async () => {
    handle = ({ socket }) => socket.destroy();
    await expect(get()).rejects.toMatchObject({ code: 503, message: expect.stringMatching(/^GET /) });
    expect(seen).toEqual(['GET /']);
  });

  it('are made anew after the server closed those that idle', async () => {
    await post();
    server.closeIdleConnections();
    await eventually(async () => {
      await post('/again');
      expect(connections).toBe(2);
    });
    expect(seen.filter((one) => one === 'POST /')).toHaveLength(1);
  });

  it('are free for the next after a refusal, of which nothing was sent', async () => {
    await post();
    const asked = [true, false];
    await expect(post('/refused', { permitted: () => asked.shift()! })).rejects.toThrow(FencedError);
    expect(asked).toEqual([]);
    await post('/next');
    expect(seen).toEqual(['POST /', 'POST /next']);
    expect(connections).toBe(1);
  });

  it('carry nothing for who lost the lead while waiting for one', async () => {
    const release = hold();
    const held = await fill();
    const permitted = jest.fn(() => true);
    const refused = post('/refused', { permitted });
    const after = post('/after');
    await eventually(() => expect(permitted).toHaveBeenCalled());
    permitted.mockReturnValue(false);
    release();
    await expect(refused).rejects.toThrow(FencedError);
    await Promise.all([...held, after]);
    expect(seen.slice(64)).toEqual(['POST /after']);
  });

  it('carry nothing that was given up while waiting for one', async () => {
    const release = hold();
    const held = await fill();
    const abort = new AbortController();
    const given = [post('/aborted', { signal: abort.signal }), post('/late', { timeoutMs: 1 })];
    abort.abort();
    await expect(given[0]).rejects.toMatchObject({ name: 'AbortError' });
    await expect(given[1]).rejects.toMatchObject({ message: expect.stringContaining('no answer in time') });
    await expect(post('/before', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
    release();
    await Promise.all(held);
    await post('/after');
    expect(seen.slice(64)).toEqual(['POST /after']);
  });

  it('end with an answer that nobody waits for any more, which makes room for the next', async () => {
    hold();
    const abort = new AbortController();
    const given = transport.request({ method: 'GET', path: '/held', signal: abort.signal });
    const held = Array.from({ length: 63 }, () => get('/held'));
    await eventually(() => expect(seen).toHaveLength(64));
    const next = post('/next');
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await next;
    expect(connections).toBe(65);
    transport.close();
    await Promise.allSettled(held);
  });

  it('tell of an answer that breaks off', async () => {
    handle = ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => socket.destroy());
    };
    await expect(get()).rejects.toMatchObject({
      code: 503,
      message: expect.stringMatching(/^the answer of 127\.0\.0\.1:\d+ broke off: /),
    });
    expect(seen).toEqual(['GET /']);
  });

  it('carry answers as large as they come', async () => {
    const part = Buffer.alloc(1 << 20, 'x');
    handle = (_request, response) => {
      for (let n = 0; n < 48; n++) response.write(part);
      response.end();
    };
    expect((await get()).body).toHaveLength(48 << 20);
  });

  it('end when the transport closes, with what is under way', async () => {
    hold();
    await post();
    const held = get('/held');
    await eventually(() => expect(seen).toContain('GET /held'));
    transport.close();
    await expect(held).rejects.toMatchObject({ code: 503, message: expect.stringContaining('the client was closed') });
    const open = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    await eventually(async () => expect(await open()).toBe(0));
    // As a lease given back last of all.
    await post('/last');
    await eventually(async () => expect(await open()).toBe(0));
  });

  it('reach addresses of IPv6', async () => {
    stop();
    await start('::1');
    expect((await get()).code).toBe(200);
  });
});
