import { Agent, request } from 'node:https';
import type { DeliverEvents } from '@nestor/audit';
import { readKubeconfig } from '@nestor/connection';
import { serverNameOptions } from '@nestor/formats';

const answerTimeoutMs = 30_000;

/** Posts to the server of a kubeconfig, as the user it names. Connections are kept. */
export function deliverTo(kubeconfig: string): DeliverEvents {
  const { server, ca, cert, key, token, insecure, serverName } = readKubeconfig(kubeconfig);
  if (!server.startsWith('https://')) throw new Error(`${kubeconfig}: audit events are sent over https only`);
  const tls = { ca, cert, key, ...serverNameOptions(serverName), rejectUnauthorized: !insecure };
  const agent = new Agent({ keepAlive: true, ...tls });
  return (list) =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = {
        'Content-Type': 'application/json',
        'Content-Length': list.length,
      };
      const bearer = token?.();
      if (bearer) headers['Authorization'] = `Bearer ${bearer}`;
      const sent = request(server, { method: 'POST', agent, headers, timeout: answerTimeoutMs }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', reject);
      });
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)));
      sent.once('error', reject).end(list);
    });
}
