import { claimsUpdateSubject } from '@nestor/bus-auth';
import { jwtAuthenticator } from '@nats-io/nats-core';
import { dial, type DialOptions } from './dial';

export interface ClaimsUpdate {
  server: DialOptions;
  /** Of a user of the system account, and the secret half of that user's key. */
  token: string;
  seed: string;
  /** The account as it is to be from now on. */
  claims: string;
}

const answerMs = 5_000;

/** Tells the servers of a bus what an account's claims are now; they cut off at once whom these revoke. */
export async function updateClaims({ server, token, seed, claims }: ClaimsUpdate): Promise<void> {
  const connection = await dial(server, jwtAuthenticator(token, Buffer.from(seed)));
  try {
    const answer = await connection.request(claimsUpdateSubject, claims, { timeout: answerMs });
    const { error } = answer.json<{ error?: { description?: string } }>();
    if (error) throw new Error(`the bus did not take new claims: ${error.description ?? 'no reason was given'}`);
  } finally {
    await connection.close();
  }
}
