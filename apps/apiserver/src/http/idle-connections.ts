import type { Agent } from 'node:https';

export function endIdleConnections(agent: Agent): void {
  for (const socket of Object.values(agent.freeSockets).flatMap((list) => list ?? [])) socket.destroy();
}

/** Ends connections as soon as nothing runs on them. */
export function letGo(agent: Agent): void {
  agent.maxFreeSockets = 0;
  endIdleConnections(agent);
}
