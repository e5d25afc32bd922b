/**
 * Who may use the bus: the keys of its authority, the tokens it signs for users, what it revokes, and the configuration
 * of a NATS server that trusts it. The tokens are NATS' own: an operator vouches for accounts, an account for users.
 *
 * It promises nothing about who deserves a token; that is the API server's to decide.
 */
export { BusIssuer, claimsUpdateSubject, type IssuerKeys, type UserGrant } from './bus-issuer';
export { ensureBusTrust, type BusTrust, type BusTrustFiles } from './bus-trust';
export { readClaims, type Claims, type SubjectPermissions } from './claims';
export { natsServerConfig, type NatsServerSettings } from './nats-server-config';
export { createNkey, isPublicKey, NkeySigner, verifySignature, type NkeyPair } from './nkey';
