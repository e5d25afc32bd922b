import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { health as processHealth, type HealthChecks, type HealthKind } from './health-checks';
import { metrics as processMetrics, type Metrics } from './metrics';

export interface ObservabilitySettings {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  health?: HealthChecks;
  metrics?: Metrics;
}

export interface ObservabilityServer {
  readonly port: number;
  close(): Promise<void>;
}

const healthPath = /^\/(healthz|livez|readyz)(?:\/([^/]+))?\/?$/;

/** Serves /healthz, /livez, /readyz and /metrics over plain HTTP. */
export async function startObservability(settings: ObservabilitySettings): Promise<ObservabilityServer> {
  const { health = processHealth, metrics = processMetrics } = settings;
  const server = createServer((request, response) => {
    answer(request, response, health, metrics).catch((error: Error) => {
      response.statusCode = 500;
      response.end(`${error.message}\n`);
    });
  });
  await listen(server, settings);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  health: HealthChecks,
  metrics: Metrics,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/metrics') {
    response.setHeader('content-type', metrics.contentType);
    response.end(await metrics.text());
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  const match = healthPath.exec(url.pathname);
  if (!match) {
    response.statusCode = 404;
    response.end('404 page not found\n');
    return;
  }
  const { status, body } = await health.answer(match[1] as HealthKind, {
    verbose: url.searchParams.has('verbose'),
    exclude: url.searchParams.getAll('exclude'),
    only: match[2],
  });
  response.statusCode = status;
  response.end(body);
}

function listen(server: Server, { host, port }: ObservabilitySettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`the observability port ${host}:${port} is in use; choose another with --observability-port`)
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}
