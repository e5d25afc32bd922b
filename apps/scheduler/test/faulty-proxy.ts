import { readFileSync, writeFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse, createServer } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseKubeconfig } from './kubeconfig-parts';

export interface FaultyProxy {
  /** A kubeconfig that leads through the proxy. */
  kubeconfig: string;
  /** What went wrong so far, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** From now on everything is passed on as it is. */
  heal(): void;
  stop(): Promise<void>;
}

/** A way for a request to go wrong; what is done to the server, and what the caller sees of it. */
type Fault = (
  passOn: (answer: boolean) => void,
  caller: { request: IncomingMessage; response: ServerResponse },
) => void;

function statusBody(code: number, reason: string): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: 'made up', code });
}

const answers =
  (code: number, reason: string, headers: Record<string, string> = {}): Fault =>
  (_passOn, { response }) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(statusBody(code, reason));
  };

const faults: Record<string, Fault> = {
  'refused before, 500': answers(500, 'InternalError'),
  'refused before, 409': answers(409, 'Conflict'),
  'refused before, 429': answers(429, 'TooManyRequests', { 'retry-after': '0' }),
  'cut before': (_passOn, { request }) => request.socket.destroy(),
  late: (passOn) => void setTimeout(() => passOn(true), 300),
  'made, then cut': (passOn, { request }) => {
    passOn(false);
    setTimeout(() => request.socket.destroy(), 30);
  },
  'cut, then made': (passOn, { request }) => {
    request.socket.destroy();
    setTimeout(() => passOn(false), 100);
  },
  'made, then 500': (passOn, caller) => {
    passOn(false);
    setTimeout(() => faults['refused before, 500']?.(passOn, caller), 30);
  },
};

/** Between a component and the API server: a share of the requests goes wrong, and watches break off. */
export async function startFaultyProxy(
  kubeconfig: string,
  { share, random }: { share: number; random: () => number },
): Promise<FaultyProxy> {
  const { server, ca, cert, key } = parseKubeconfig(readFileSync(kubeconfig, 'utf8'));
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  const counts = new Map<string, number>();
  const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  let broken = true;
  const proxy = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('end', () => {
      const isWatch = /[?&]watch=(1|true)/.test(request.url ?? '');
      const passOn = (answer: boolean): void => {
        const { method, url } = request;
        const headers = { ...request.headers, host: new URL(server).host };
        const outgoing = httpsRequest(`${server}${url}`, {
          method,
          headers,
          agent: isWatch ? undefined : agent,
          ca,
          cert,
          key,
        });
        outgoing.on('error', () => answer && request.socket.destroy());
        outgoing.on('response', (incoming) => {
          if (!answer) return void incoming.resume();
          response.writeHead(incoming.statusCode ?? 500, incoming.headers);
          incoming.pipe(response);
          incoming.on('error', () => request.socket.destroy());
        });
        response.on('close', () => answer && outgoing.destroy());
        outgoing.end(Buffer.concat(chunks));
      };
      if (isWatch && broken) {
        count('watch cut');
        setTimeout(() => broken && request.socket.destroy(), 200 + random() * 1500);
      }
      if (isWatch || !broken || random() >= share) return passOn(true);
      const kinds = Object.keys(faults);
      const kind = kinds[Math.floor(random() * kinds.length)] as string;
      count(kind);
      faults[kind]?.(passOn, { request, response });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const through = `${kubeconfig}.faulty`;
  writeFileSync(
    through,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return {
    kubeconfig: through,
    faults: counts,
    heal: () => void (broken = false),
    stop: () => {
      proxy.closeAllConnections();
      agent.destroy();
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
}
