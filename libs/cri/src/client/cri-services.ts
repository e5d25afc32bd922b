import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fromGrpc } from '../runtime-error';

export const protoFile = join(__dirname, '..', 'proto', 'runtime-v1.proto');

type Message = Record<string, unknown>;
type UnaryCall = (
  request: Message,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response: Message) => void,
) => grpc.ClientUnaryCall;

/** Sixteen mebibytes, the kubelet's own limit: a list of containers on a full node is larger than gRPC's default. */
const maxMessageBytes = 16 * 1024 * 1024;

const channelOptions: grpc.ChannelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  // A runtime that restarts is back within a second or so; the default back-off would sleep for up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 3000,
  'grpc.default_authority': 'localhost',
};

/** Unary calls to both CRI services over one unix socket. The channel reconnects by itself. */
export class CriServices {
  private readonly clients: grpc.Client[];

  constructor(endpoint: string) {
    const target = endpoint.includes(':') ? endpoint : `unix://${endpoint}`;
    const definition = loadSync(protoFile, {
      longs: Number,
      enums: String,
      defaults: true,
      arrays: true,
      objects: true,
    });
    const packages = grpc.loadPackageDefinition(definition) as unknown as {
      runtime: { v1: Record<'RuntimeService' | 'ImageService', grpc.ServiceClientConstructor> };
    };
    const { RuntimeService, ImageService } = packages.runtime.v1;
    const credentials = grpc.credentials.createInsecure();
    this.clients = [RuntimeService, ImageService].map((Service) => new Service(target, credentials, channelOptions));
  }

  runtime(method: string, request: Message, timeoutMs: number): Promise<Message> {
    return this.call(0, method, request, timeoutMs);
  }

  image(method: string, request: Message, timeoutMs: number): Promise<Message> {
    return this.call(1, method, request, timeoutMs);
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private call(service: 0 | 1, method: string, request: Message, timeoutMs: number): Promise<Message> {
    const client = this.clients[service] as unknown as Record<string, UnaryCall>;
    const call = client[method];
    if (!call) throw new Error(`the CRI client has no method ${method}`);
    return new Promise((resolve, reject) => {
      call.call(client, request, new grpc.Metadata(), { deadline: Date.now() + timeoutMs }, (error, response) =>
        error ? reject(fromGrpc(error) as Error) : resolve(response),
      );
    });
  }
}
