import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubernetesClient } from './kubernetes-client';
import { refs } from './resources/refs';

describe('KubernetesClient', () => {
  let server: Server;
  let client: KubernetesClient;
  beforeAll(async () => {
    // Answers leases only: pods wait for ever.
    server = createServer((request, response) => {
      if (request.url?.includes('/leases/')) response.end('{"kind":"Lease"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const connection = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, namespace: 'default' };
    client = new KubernetesClient({ connection, component: 'test', maxSockets: 2 });
  });
  afterAll(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });

  it('renews leases while all else waits', async () => {
    const burst = Array.from({ length: 10 }, () => client.resource(refs.pods).get('p', 'default'));
    burst.forEach((waiting) => void waiting.catch(() => undefined));
    await expect(client.unfenced(refs.leases).get('l', 'default')).resolves.toEqual({ kind: 'Lease' });
  });
});
