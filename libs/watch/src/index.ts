/**
 * Watch: the API server's byte cache, the encoding of events, the relay to the bus and the bus itself. It promises
 * that a subscriber sees each change once, in revision order, or learns of the gap; healing over HTTP is libs/client's.
 */
export * from './bus/bus';
export type { BusCredential, BusCredentialSource } from './bus/bus-credentials';
export * from './bus/bus-server';
export type { Permissions } from './bus/bus-server-client';
export * from './bus/in-process-bus';
export * from './bus/nats-bus';
export { ownCredentials, renewalTime, type OwnUser } from './bus/own-credentials';
export { updateClaims, type ClaimsUpdate } from './bus/update-claims';
export * from './bus/stream-position';
export * from './cache/cache-contract';
export * from './cache/watch-cache';
export { inTurns } from './turns';
export * from './change-source';
export { nodeOfPod } from './node-of-pod';
export * from './object-bytes';
export * from './relay/bus-relay';
export { splitResource } from './relay/relay-message';
export { leadByLock, pause } from './relay/lead-by-lock';
