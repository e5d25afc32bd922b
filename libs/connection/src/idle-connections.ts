import type { Agent } from 'node:http';

export function endIdleConnections(agent: Agent): void {
  for (const socket of Object.values(agent.freeSockets).flatMap((list) => list ?? [])) socket.destroy();
}

/** Idle connections end now, the others with the answer they wait for. */
export function letGo(agent: Agent): void {
  agent.maxFreeSockets = 0;
  endIdleConnections(agent);
}
