import { endpoint, servicePort } from '../../test/ports';
import { selectEndpoints } from './select-endpoints';
import type { Endpoint, ServicePort } from './service-port';

const ips = (endpoints: readonly Endpoint[]): string[] => endpoints.map(({ ip }) => ip);
const select = (endpoints: Endpoint[], port: Partial<ServicePort> = {}) => {
  const { cluster, local, hasAny } = selectEndpoints(servicePort({ endpoints, ...port }));
  return { cluster: ips(cluster), local: ips(local), hasAny };
};
const mine = { hintedForNode: true, hintedForZone: true };
const near = { hintedForNode: false, hintedForZone: true };
const far = { hintedForNode: false, hintedForZone: false };
const dying = { ready: false, servingTerminating: true };

describe('selectEndpoints', () => {
  test.each<[string, Endpoint[], string[]]>([
    ['those for this node', [endpoint('mine', mine), endpoint('near', near)], ['mine']],
    ['those for its zone where none is for the node', [endpoint('near', near), endpoint('far', far)], ['near']],
    [
      'those for its zone where one has no hint of nodes',
      [endpoint('mine', mine), endpoint('near', { hintedForZone: true }), endpoint('far', far)],
      ['mine', 'near'],
    ],
    ['all where none is for its zone', [endpoint('far', far), endpoint('other', far)], ['far', 'other']],
    ['all where one has no hint', [endpoint('near', near), endpoint('bare')], ['near', 'bare']],
    [
      'only ready ones count',
      [endpoint('near', near), endpoint('bare', { ready: false }), endpoint('dying', dying)],
      ['near'],
    ],
    [
      'not one that is not ready, though it alone is for this node',
      [endpoint('mine', { ...mine, ready: false }), endpoint('near', near)],
      ['near'],
    ],
    [
      'what terminates whatever its hints, where nothing is ready',
      [endpoint('mine', { ...mine, ...dying }), endpoint('far', { ...far, ...dying })],
      ['mine', 'far'],
    ],
  ])('takes of the cluster: %s', (_, endpoints, expected) => expect(select(endpoints).cluster).toEqual(expected));

  test('traffic that stays on the node does not ask for hints', () => {
    const endpoints = [endpoint('here', { ...far, local: true }), endpoint('near', near)];
    expect(select(endpoints, { internalLocal: true })).toEqual({ cluster: ['near'], local: ['here'], hasAny: true });
    const external = { externalLocal: true, nodePort: 30_080 };
    expect(select(endpoints, external)).toEqual({ cluster: ['near'], local: ['here'], hasAny: true });
  });
});
