import * as grpc from '@grpc/grpc-js';
import { fromGrpc } from '../runtime-error';

const serving = 1;

/** One call of grpc.health.v1.Health/Check, as a gRPC probe makes it. Its two messages are a string and a number. */
export function checkGrpcHealth(address: string, service: string, timeoutMs: number): Promise<boolean> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const serialize = (name: string): Buffer => {
    const bytes = Buffer.from(name);
    return bytes.length ? Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]) : Buffer.alloc(0);
  };
  const deserialize = (bytes: Buffer): number => (bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0);
  return new Promise<boolean>((resolve, reject) => {
    const deadline = Date.now() + timeoutMs;
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      serialize,
      deserialize,
      service.slice(0, 127),
      new grpc.Metadata(),
      { deadline },
      (error, status) => (error ? reject(fromGrpc(error) as Error) : resolve(status === serving)),
    );
  }).finally(() => client.close());
}
