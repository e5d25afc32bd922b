import { createServer, type Server } from 'node:http';
import type { KubeletConfig } from '../kubelet.config';
import type { NodeRoutes } from './node-routes';
import { answering, closeServer, listenOn, serverLimits } from './http-server';
import { requestPath } from './request-path';

/** Health, metrics, statistics and pods of the node for everybody, without TLS: only where somebody asks for it. */
export class ReadOnlyServer {
  private readonly server: Server;

  constructor(
    private readonly config: KubeletConfig,
    routes: NodeRoutes,
  ) {
    this.server = createServer(serverLimits, (request, response) => {
      void answering({ request, response }, () =>
        routes.serveReadOnly({ ...requestPath(request.url), request, response }),
      );
    });
  }

  listen(): Promise<void> {
    return listenOn(this.server, this.config.readOnlyPort, this.config.address);
  }

  close(): Promise<void> {
    return closeServer(this.server);
  }
}
