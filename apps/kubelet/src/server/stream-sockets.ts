import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Duplex, Readable } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { readySandbox } from '@nestor/node';
import type { StreamSession } from '@nestor/cri';
import { channel, commandProtocols, frame, outcomeStatus, tunnelProtocol } from './channel-protocol';
import { HttpError } from './http-error';
import { containerIn, type FoundPod, type PodDirectory } from './pod-directory';
import type { RequestPath } from './request-path';

const pingMs = 20_000;
/** Output the client has not taken yet; beyond it the container's output is held back. */
const highWater = 1024 * 1024;

interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** exec, attach and port-forward over WebSocket. */
export class StreamSockets {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => commandProtocols.find((known) => offered.has(known)) ?? false,
  });
  private readonly tunnels = new WeakSet<IncomingMessage>();

  constructor(private readonly directory: PodDirectory) {
    this.sockets.on('headers', (headers, request) => {
      if (this.tunnels.has(request)) headers.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`);
    });
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  async accept({ segments, query }: RequestPath, { request, socket, head }: Upgrade): Promise<void> {
    const [kind = '', namespace = '', pod = '', container = ''] = segments;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      throw new HttpError(403, 'unable to upgrade: streams are served over WebSocket only');
    }
    const found = this.directory.find(namespace, pod);
    // Opened first: what cannot be opened is an HTTP answer that kubectl can show.
    const serve = await this.prepare(kind, found, { container, query, request });
    if (offersTunnel(request)) {
      // The name has a slash, which ws takes for a malformed header; it is answered by hand instead.
      this.tunnels.add(request);
      delete request.headers['sec-websocket-protocol'];
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      keepAlive(webSocket);
      serve(webSocket);
    });
  }

  private async prepare(
    kind: string,
    found: FoundPod,
    asked: { container: string; query: URLSearchParams; request: IncomingMessage },
  ): Promise<(socket: WebSocket) => void> {
    if (kind === 'portForward') return preparePortForward(found, asked);
    if (kind !== 'exec' && kind !== 'attach') throw new HttpError(404, '404: Page Not Found');
    const { query } = asked;
    const isSet = (...names: string[]) => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
    const options = {
      tty: isSet('tty'),
      stdin: isSet('input', 'stdin'),
      stdout: isSet('output', 'stdout'),
      stderr: isSet('error', 'stderr'),
    };
    const { id } = containerIn(found, asked.container);
    const { runtime } = found;
    const session =
      kind === 'exec' ? await runtime.exec(id, query.getAll('command'), options) : await runtime.attach(id, options);
    return (socket) => void serveSession(socket, session);
  }
}

async function serveSession(socket: WebSocket, session: StreamSession): Promise<void> {
  socket.on('message', (data) => fromClient(toBuffer(data), session));
  socket.on('close', () => session.close());
  socket.on('error', () => session.close());
  const outputs = [pump(session.stdout, channel.stdout, socket), pump(session.stderr, channel.stderr, socket)];
  const outcome = await session.outcome;
  // The exit code may overtake the last output; the client must see all of it first.
  await Promise.all(outputs);
  if (socket.readyState === socket.OPEN) socket.send(frame(channel.error, JSON.stringify(outcomeStatus(outcome))));
  socket.close(1000);
  session.close();
}

function fromClient(message: Buffer, session: StreamSession): void {
  const [on, closing] = message;
  const data = message.subarray(1);
  if (on === channel.stdin && data.length) session.stdin?.write(data);
  else if (on === channel.close && closing === channel.stdin) session.stdin?.end();
  else if (on === channel.resize && data.length) {
    const { Width: width = 0, Height: height = 0 } = JSON.parse(data.toString()) as Record<string, number>;
    session.resize({ width, height });
  }
}

function pump(stream: Readable | undefined, on: number, socket: WebSocket): Promise<void> {
  if (!stream) return Promise.resolve();
  stream.on('data', (chunk: Buffer) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(frame(on, chunk), () => {
      if (stream.isPaused() && socket.bufferedAmount < highWater) stream.resume();
    });
    if (socket.bufferedAmount >= highWater) stream.pause();
  });
  return finished(stream, { writable: false }).catch(() => undefined); // A broken stream has ended, too.
}

async function preparePortForward(
  { runtime, worker }: FoundPod,
  { query, request }: { query: URLSearchParams; request: IncomingMessage },
): Promise<(socket: WebSocket) => void> {
  const sandbox = readySandbox(worker.runtimePod);
  if (!sandbox) throw new HttpError(400, 'pod is not running');
  if (offersTunnel(request)) {
    if (!runtime.portForwardTunnel) throw new HttpError(501, 'port forwarding is not simulated');
    const tunnel = await runtime.portForwardTunnel(sandbox.id);
    return (socket) => joinTunnel(socket, tunnel);
  }
  const ports = [...query.getAll('port'), ...query.getAll('ports')].flatMap((text) => text.split(',')).map(Number);
  if (ports.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  const connections = await Promise.all(ports.map((port) => runtime.portForward(sandbox.id, port)));
  return (socket) => joinPorts(socket, ports, connections);
}

function offersTunnel({ headers }: IncomingMessage): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  return offered.includes(tunnelProtocol);
}

/** The runtime speaks the same SPDY as the client: bytes go through untouched. */
function joinTunnel(socket: WebSocket, tunnel: Duplex): void {
  socket.on('message', (data) => tunnel.write(toBuffer(data)));
  socket.on('close', () => tunnel.destroy());
  tunnel.on('data', (chunk: Buffer) => socket.send(chunk));
  tunnel.on('close', () => socket.close(1000));
  tunnel.on('error', () => socket.close(1011));
}

/** portforward over v4.channel.k8s.io: two channels a port, data and error, each begun with the port's number. */
function joinPorts(socket: WebSocket, ports: number[], connections: Duplex[]): void {
  for (const [at, connection] of connections.entries()) {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(ports[at] ?? 0);
    socket.send(frame(at * 2, number));
    socket.send(frame(at * 2 + 1, number));
    connection.on('data', (chunk: Buffer) => socket.send(frame(at * 2, chunk)));
    connection.on('error', (error) => socket.send(frame(at * 2 + 1, error.message)));
    connection.on('close', () => socket.close(1000));
  }
  socket.on('message', (data) => {
    const message = toBuffer(data);
    connections[(message[0] ?? 0) / 2]?.write(message.subarray(1));
  });
  socket.on('close', () => connections.forEach((connection) => connection.destroy()));
}

function keepAlive(socket: WebSocket): void {
  const timer = setInterval(() => socket.ping(), pingMs).unref();
  socket.on('close', () => clearInterval(timer));
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
