import { endpoint, servicePort } from '../../test/ports';
import { CommandError, type RunCommand } from './run-command';
import { forgetFlows, staleFlows } from './conntrack';

const dns = (...ips: string[]) => ({
  ports: [
    servicePort({ name: 'ns/dns', protocol: 'udp', clusterIP: '10.96.0.10', endpoints: ips.map((ip) => endpoint(ip)) }),
  ],
});

test('an endpoint that is gone takes its UDP flows with it', () => {
  expect(staleFlows(dns('10.0.0.1', '10.0.0.2'), dns('10.0.0.2'))).toEqual([
    { ip: '10.96.0.10', endpoint: '10.0.0.1' },
  ]);
  expect(staleFlows(dns('10.0.0.1'), { ports: [] })).toEqual([{ ip: '10.96.0.10', endpoint: '10.0.0.1' }]);
});

test('the first endpoint ends the flows that went nowhere', () => {
  expect(staleFlows(dns(), dns('10.0.0.1'))).toEqual([{ ip: '10.96.0.10' }]);
  expect(staleFlows(undefined, dns('10.0.0.1'))).toEqual([{ ip: '10.96.0.10' }]);
});

test('what stays, and TCP, is left alone', () => {
  expect(staleFlows(dns('10.0.0.1'), dns('10.0.0.1'))).toEqual([]);
  expect(staleFlows({ ports: [servicePort()] }, { ports: [] })).toEqual([]);
});

test('no flow to delete is no failure, a missing tool is told, anything else is thrown', async () => {
  const failing =
    (exitCode: number | null, stderr: string): RunCommand =>
    () =>
      Promise.reject(new CommandError('conntrack', exitCode, stderr));
  const flows = [{ ip: '10.96.0.10' }];
  const none = 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.';
  expect(await forgetFlows(flows, failing(1, none))).toBe(true);
  expect(await forgetFlows(flows, failing(null, 'spawn conntrack ENOENT'))).toBe(false);
  await expect(forgetFlows(flows, failing(2, 'not permitted'))).rejects.toThrow('not permitted');
});
