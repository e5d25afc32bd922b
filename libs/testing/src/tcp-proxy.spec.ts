import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from './eventually';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

/** A server that sends back what it gets, after its name. */
async function echo(name: string): Promise<{ port: number; sockets: Set<Socket>; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, sockets, server };
}

interface Dialled {
  socket: Socket;
  heard(): string;
  lost(): string | undefined;
}

async function dial(port: number): Promise<Dialled> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let lost: string | undefined;
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (lost = error.code));
  socket.once('close', () => (lost ??= 'closed'));
  await once(socket, 'connect');
  return { socket, heard: () => text, lost: () => lost };
}

/** Long enough that what passes on loopback has passed. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('startTcpProxy', () => {
  const servers: Awaited<ReturnType<typeof echo>>[] = [];
  const dialled: Dialled[] = [];
  let proxy: TcpProxy;
  const open = async () => {
    const client = await dial(proxy.port);
    dialled.push(client);
    return client;
  };
  const hears = (client: Dialled, text: string) => eventually(() => expect(client.heard()).toBe(text));

  beforeEach(async () => {
    servers.push(await echo('one '), await echo('two '));
    proxy = await startTcpProxy({ port: servers[0]!.port });
  });
  afterEach(async () => {
    await proxy.stop();
    for (const { socket } of dialled.splice(0)) socket.destroy();
    for (const { server } of servers.splice(0)) server.close();
  });

  it('passes bytes and the end of a connection both ways', async () => {
    const client = await open();
    client.socket.write('hello');
    await hears(client, 'one hello');
    client.socket.end();
    await eventually(() => expect([client.lost(), servers[0]!.sockets.size]).toEqual(['closed', 0]));
  });

  it('cuts what is open and lets the next through', async () => {
    const client = await open();
    await hears(client, 'one ');
    proxy.cut();
    await eventually(() => expect([client.lost(), servers[0]!.sockets.size]).toEqual(['ECONNRESET', 0]));
    await hears(await open(), 'one ');
  });

  it('refuses until it is healed', async () => {
    const client = await open();
    await hears(client, 'one ');
    proxy.refuse();
    await eventually(() => expect(client.lost()).toBe('ECONNRESET'));
    await expect(dial(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.heal();
    await hears(await open(), 'one ');
  });

  it('swallows bytes, connections and closings without a word, and gives them when healed', async () => {
    const [client, leaver] = [await open(), await open()];
    await Promise.all([hears(client, 'one '), hears(leaver, 'one ')]);
    proxy.blackHole();
    client.socket.write('held');
    leaver.socket.destroy();
    servers[0]!.sockets.values().next().value!.write('answer ');
    const late = await open();
    await aWhile();
    expect([client.heard(), late.heard(), client.lost(), late.lost()]).toEqual(['one ', '', undefined, undefined]);
    expect(servers[0]!.sockets.size).toBe(2);
    await proxy.heal();
    await hears(client, 'one answer held');
    await hears(late, 'one ');
    await eventually(() => expect(servers[0]!.sockets.size).toBe(2));
  });

  it('lets the open connections die silently and the next through', async () => {
    const client = await open();
    await hears(client, 'one ');
    proxy.swallowOpen();
    client.socket.write('gone');
    const next = await open();
    next.socket.write('here');
    await hears(next, 'one here');
    await proxy.heal();
    await aWhile();
    expect([client.heard(), client.lost()]).toEqual(['one ', undefined]);
  });

  it('delays and throttles without changing the order', async () => {
    const client = await open();
    await hears(client, 'one ');
    proxy.delay(200);
    const sent = Date.now();
    for (const piece of ['a', 'b', 'c']) client.socket.write(piece);
    await hears(client, 'one abc');
    // There and back.
    expect(Date.now() - sent).toBeGreaterThanOrEqual(399);
    proxy.delay(0);
    proxy.throttle(4000);
    const throttled = Date.now();
    client.socket.write('x'.repeat(2000));
    await hears(client, `one abc${'x'.repeat(2000)}`);
    expect(Date.now() - throttled).toBeGreaterThanOrEqual(399);
  });

  it('leads new connections elsewhere', async () => {
    const before = await open();
    await hears(before, 'one ');
    proxy.retarget(servers[1]!.port);
    await hears(await open(), 'two ');
    before.socket.write('still');
    await hears(before, 'one still');
  });
});
