import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type * as grpc from '@grpc/grpc-js';
import type { EncryptedSeed, KeyServer, KeyServerStatus } from './key-server';

type Call = (
  request: object,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response: Record<string, unknown>) => void,
) => grpc.ClientUnaryCall;

/** The KMS plugin behind a unix socket. */
export class GrpcKeyServer implements KeyServer {
  private constructor(
    private readonly library: typeof grpc,
    private readonly client: grpc.Client,
    private readonly timeoutMs: number,
  ) {}

  static async connect(endpoint: string, timeoutMs: number): Promise<GrpcKeyServer> {
    // Loaded only where a key server is named: it is a tenth of a start.
    const [library, Service] = await Promise.all([import('@grpc/grpc-js'), keyManagementService()]);
    const client = new Service(endpoint, library.credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 3000,
    });
    return new GrpcKeyServer(library, client, timeoutMs);
  }

  async status(): Promise<KeyServerStatus> {
    const { version, healthz, keyId } = await this.call('Status', {});
    return { version: String(version), healthz: String(healthz), keyId: String(keyId) };
  }

  async encrypt(plaintext: Buffer): Promise<EncryptedSeed> {
    const { ciphertext, keyId, annotations } = await this.call('Encrypt', { plaintext, uid: randomUUID() });
    return {
      ciphertext: ciphertext as Buffer,
      keyId: String(keyId),
      annotations: (annotations ?? {}) as EncryptedSeed['annotations'],
    };
  }

  async decrypt({ ciphertext, keyId, annotations }: EncryptedSeed): Promise<Buffer> {
    const { plaintext } = await this.call('Decrypt', { ciphertext, keyId, annotations, uid: randomUUID() });
    return plaintext as Buffer;
  }

  close(): void {
    this.client.close();
  }

  private call(method: 'Status' | 'Encrypt' | 'Decrypt', request: object): Promise<Record<string, unknown>> {
    const call = (this.client as unknown as Record<string, Call>)[method]!;
    const options = { deadline: Date.now() + this.timeoutMs };
    return new Promise((resolve, reject) => {
      call.call(this.client, request, new this.library.Metadata(), options, (error, response) =>
        error ? reject(new Error(`KMS ${method}: ${error.details || error.message}`)) : resolve(response),
      );
    });
  }
}

/** The service by its description, for the client here and for servers in tests. */
export async function keyManagementService(): Promise<grpc.ServiceClientConstructor> {
  const [{ loadPackageDefinition }, { loadSync }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
  ]);
  const definition = loadSync(join(__dirname, 'kms-v2.proto'), { longs: Number, defaults: true, objects: true });
  const packages = loadPackageDefinition(definition) as unknown as {
    v2: { KeyManagementService: grpc.ServiceClientConstructor };
  };
  return packages.v2.KeyManagementService;
}
