export interface KeyServerStatus {
  version: string;
  healthz: string;
  keyId: string;
}

export interface EncryptedSeed {
  ciphertext: Buffer;
  keyId: string;
  annotations: Readonly<Record<string, Buffer>>;
}

/** A key server as the provider sees it. Each call rejects when there is no answer in time. */
export interface KeyServer {
  status(): Promise<KeyServerStatus>;
  encrypt(plain: Buffer): Promise<EncryptedSeed>;
  decrypt(sealed: EncryptedSeed): Promise<Buffer>;
  close(): void;
}
