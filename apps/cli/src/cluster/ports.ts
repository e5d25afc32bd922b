import { createServer, type AddressInfo } from 'node:net';

/** Whether nobody listens there; the reason otherwise. */
export function portProblem(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(`port ${port} is in use by another process; choose one with --port`);
        else if (error.code === 'EACCES') resolve(`port ${port} needs privileges; choose one above 1023 with --port`);
        else resolve(`port ${port}: ${error.message}`);
      })
      .listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

/** The wanted port where it is free, otherwise any. */
export async function freePort(wanted = 0): Promise<number> {
  return (wanted && !(await portProblem(wanted, '0.0.0.0')) && wanted) || anyPort();
}

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
  });
}
