import { createRequire } from 'node:module';
import type { buildConnector, Client } from 'undici';

/**
 * The two modules of undici that requests need: the whole package takes twice the memory and three times the time to
 * load. They are no public entry of it and have no types of their own, which is why its version is pinned.
 */
const load = createRequire(__filename);

export const UndiciClient = load('undici/lib/dispatcher/client.js') as typeof Client;
export const connectorWith = load('undici/lib/core/connect.js') as typeof buildConnector;
