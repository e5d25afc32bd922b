/** One way to encrypt, under one key or key server. `context` names the object; where the way allows, it is bound in. */
export interface Provider {
  /** What the stored bytes begin with. */
  readonly prefix: string;
  encrypt(plain: Buffer, context: Buffer): Buffer | Promise<Buffer>;
  /** Throws where the bytes are not whole or not this object's. */
  decrypt(stored: Buffer, context: Buffer): Decrypted | Promise<Decrypted>;
}

export interface Decrypted {
  plain: Buffer;
  /** The provider would write it otherwise today. */
  isStale: boolean;
}
