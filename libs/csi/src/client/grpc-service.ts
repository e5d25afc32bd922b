import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CsiError } from '../csi-error';

type Message = Record<string, unknown>;
type UnaryCall = (
  request: Message,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response: Message) => void,
) => grpc.ClientUnaryCall;

const protos = {
  csi: join(__dirname, '..', 'proto', 'csi-v1.proto'),
  registration: join(__dirname, '..', 'proto', 'plugin-registration-v1.proto'),
} as const;

const services = {
  node: { proto: protos.csi, path: ['csi', 'v1', 'Node'] },
  registration: { proto: protos.registration, path: ['pluginregistration', 'Registration'] },
} as const;

/** The constructor of a service's clients; its `service` is what servers implement. */
export function serviceOf(name: keyof typeof services): grpc.ServiceClientConstructor {
  const { proto, path } = services[name];
  const options = { longs: Number, enums: String, defaults: true, arrays: true, objects: true };
  let at: unknown = grpc.loadPackageDefinition(loadSync(proto, options));
  for (const step of path) at = (at as Record<string, unknown>)[step];
  return at as grpc.ServiceClientConstructor;
}

/** Unary calls to one service over a unix socket. */
export class GrpcService {
  private readonly client: grpc.Client;

  constructor(name: keyof typeof services, socket: string) {
    const Service = serviceOf(name);
    this.client = new Service(`unix://${socket}`, grpc.credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 3000,
      'grpc.default_authority': 'localhost',
    });
  }

  call<Answer>(method: string, request: object, timeoutMs: number): Promise<Answer> {
    const call = (this.client as unknown as Record<string, UnaryCall>)[method];
    if (!call) throw new Error(`the service has no method ${method}`);
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + timeoutMs };
      call.call(this.client, request as Message, new grpc.Metadata(), options, (error, response) =>
        error ? reject(new CsiError(method, error)) : resolve(response as Answer),
      );
    });
  }

  close(): void {
    this.client.close();
  }
}
