import type { Node } from '@nestor/api';
import { CommandError, type RunCommand } from '../kernel/run-command';
import { nodeRoutes } from './node-routes';
import { RouteTable } from './route-table';

const node = (name: string, addresses: string[], podCIDRs: string[]): Node =>
  ({
    metadata: { name },
    spec: { podCIDR: podCIDRs[0], podCIDRs },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
      ],
    },
  }) as unknown as Node;

describe('nodeRoutes', () => {
  it('lead to the other nodes, each range over an address of its family', () => {
    const nodes = [
      node('self', ['10.0.0.1'], ['10.244.0.0/24']),
      node('a', ['10.0.0.2', 'fd00::2'], ['10.244.1.0/24', 'fd01:1::/64']),
      node('b', ['10.0.0.3'], ['10.244.2.0/24', 'fd01:2::/64']),
    ];
    expect(Object.fromEntries(nodeRoutes(nodes, 'self'))).toEqual({
      '10.244.1.0/24': '10.0.0.2',
      'fd01:1::/64': 'fd00::2',
      '10.244.2.0/24': '10.0.0.3',
    });
  });

  it('lead to no node without a range, nor to simulated ones at this address or at loopback', () => {
    const nodes = [
      node('self', ['10.0.0.1'], ['10.244.0.0/24']),
      node('new', ['10.0.0.2'], []),
      node('sim-0', ['127.0.0.1'], ['10.128.0.0/24']),
      node('sim-1', ['10.0.0.1'], ['10.128.1.0/24']),
    ];
    expect(nodeRoutes(nodes, 'self').size).toBe(0);
  });
});

describe('RouteTable', () => {
  const commands: string[] = [];
  const table = (present: string, refused = 'never'): RouteTable => {
    const run: RunCommand = (program, args) => {
      const command = [program, ...args].join(' ');
      if (command.includes('show')) return Promise.resolve(command.includes('-4') ? present : '');
      commands.push(command);
      if (!command.includes(refused)) return Promise.resolve('');
      return Promise.reject(new CommandError(command, 2, 'Error: Nexthop has invalid gateway.\n'));
    };
    return new RouteTable(run);
  };
  beforeEach(() => commands.splice(0));
  const wanted = new Map([
    ['10.244.1.0/24', '10.0.0.2'],
    ['fd01:1::/64', 'fd00::2'],
  ]);

  it('adds what is missing, changes what leads elsewhere, takes away what is over', async () => {
    const present = '10.244.1.0/24 via 10.0.0.9 dev eth0 \n10.244.7.0/24 via 10.0.0.7 dev eth0 \n';
    expect(await table(present).apply(wanted)).toEqual([]);
    expect(commands).toEqual([
      'ip -4 route del 10.244.1.0/24 proto 158',
      'ip -4 route del 10.244.7.0/24 proto 158',
      'ip -4 route add 10.244.1.0/24 via 10.0.0.2 proto 158',
      'ip -6 route add fd01:1::/64 via fd00::2 proto 158',
    ]);
  });

  it('leaves what is as it should be, and says what cannot be', async () => {
    const problems = await table('10.244.1.0/24 via 10.0.0.2 dev eth0 \n', 'fd01').apply(wanted);
    expect(commands).toHaveLength(1);
    expect(problems).toEqual([
      { range: 'fd01:1::/64', via: 'fd00::2', problem: 'Error: Nexthop has invalid gateway.' },
    ]);
  });
});
