import { createServer, type Server } from 'node:http';

interface ProxyHealth {
  healthy: boolean;
  lastUpdated: number | undefined;
}

/** kube-proxy's /healthz and /livez: 503 when a change has waited too long to become rules. */
export class NodeHealthServer {
  private readonly server: Server;

  constructor(healthAt: (now: number) => ProxyHealth) {
    this.server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0];
      if (path !== '/healthz' && path !== '/livez') {
        response.writeHead(404).end('404 page not found\n');
        return;
      }
      const now = Date.now();
      const { healthy, lastUpdated } = healthAt(now);
      const body = {
        lastUpdated: new Date(lastUpdated ?? now).toISOString(),
        currentTime: new Date(now).toISOString(),
        ...(path === '/healthz' ? { nodeEligible: healthy } : {}),
      };
      response.writeHead(healthy ? 200 : 503, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
      });
      response.end(JSON.stringify(body));
    });
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
