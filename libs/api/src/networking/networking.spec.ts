import type { ApiObject, Ingress, IngressClass, NetworkPolicy } from '../meta/json-types';
import type { ResourceDefinition } from '../resource-definition';
import { ingressDefinition } from './ingress';
import { ingressClassDefinition } from './ingress-class';
import { networkPolicyDefinition } from './network-policy';

const context = { now: '', namespace: '', user: { name: '', groups: [] }, subresource: '' };
const problems = ({ strategy }: ResourceDefinition, object: ApiObject, old?: ApiObject): string[] =>
  (old ? strategy.validateUpdate?.(object, old, context) : strategy.validate?.(object, context))?.map(
    ({ field, detail }) => `${field}: ${detail}`,
  ) ?? [];
const expectProblems = (found: string[], expected: RegExp | undefined): void => {
  if (expected) expect(found.join('\n')).toMatch(expected);
  else expect(found).toEqual([]);
};

const service = { service: { name: 'web', port: { number: 80 } } };
const anIngress = (spec: Ingress['spec'], annotations?: Record<string, string>): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i', annotations },
  spec,
});
const onPath = (path: object): Ingress =>
  anIngress({ rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: service, ...path }] } }] });

describe('Ingress', () => {
  it.each<[string, Ingress, RegExp | undefined]>([
    ['a usual one', onPath({}), undefined],
    ['nothing', anIngress({}), /^spec: either `defaultBackend` or `rules` must be specified/],
    ['no path type', onPath({ pathType: undefined }), /paths\[0\].pathType: pathType must be specified/],
    ['an unknown path type', onPath({ pathType: 'Regex' }), /pathType/],
    ['a relative path', onPath({ path: 'x' }), /must be an absolute path/],
    ['dots in a path', onPath({ path: '/a/../b' }), /must not contain '\/..\/'/],
    [
      'two backends',
      onPath({ backend: { ...service, resource: { kind: 'K', name: 'n' } } }),
      /cannot set both resource/,
    ],
    ['no port', onPath({ backend: { service: { name: 'web' } } }), /port name or number is required/],
    ['an address as host', anIngress({ rules: [{ host: '1.2.3.4' }] }), /must be a DNS name, not an IP address/],
    ['a wildcard in the middle', anIngress({ rules: [{ host: 'a.*.com' }] }), /wildcard DNS-1123 subdomain/],
    [
      'class and annotation',
      anIngress({ ingressClassName: 'a', defaultBackend: service }, { 'kubernetes.io/ingress.class': 'b' }),
      /^annotations.kubernetes.io\/ingress.class: must match `ingressClassName` when both are specified/,
    ],
  ])('%s', (_, object, expected) => expectProblems(problems(ingressDefinition, object), expected));

  it('shows class, hosts, addresses and ports', () => {
    const ingress = anIngress({ ingressClassName: 'nginx', rules: [{ host: 'a.io' }, { host: 'b.io' }], tls: [{}] });
    ingress.status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }, { hostname: 'lb.io' }] } };
    const cells = ingressDefinition.cells(ingress, new Date());
    expect(cells.slice(0, 5)).toEqual(['i', 'nginx', 'a.io,b.io', '10.0.0.1,lb.io', '80, 443']);
  });
});

describe('IngressClass', () => {
  const aClass = (controller: string, parameters?: object): IngressClass =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'c' },
      spec: { controller, parameters },
    }) as IngressClass;
  it.each<[string, IngressClass, RegExp | undefined]>([
    ['a usual one', aClass('acme.io/ingress'), undefined],
    ['a controller without a domain', aClass('ingress'), /must be a domain-prefixed path/],
    [
      'parameters of a namespace that is not named',
      aClass('a.io/b', { kind: 'K', name: 'n', scope: 'Namespace' }),
      /parameters.namespace/,
    ],
  ])('%s', (_, object, expected) => expectProblems(problems(ingressClassDefinition, object), expected));
  it('keeps its controller', () => {
    expectProblems(problems(ingressClassDefinition, aClass('a.io/b'), aClass('a.io/c')), /field is immutable/);
  });
});

describe('NetworkPolicy', () => {
  const aPolicy = (spec: object): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p' },
    spec: { podSelector: {}, ...spec },
  });
  it.each<[string, NetworkPolicy, RegExp | undefined]>([
    ['a usual one', aPolicy({ ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }), undefined],
    ['an empty peer', aPolicy({ egress: [{ to: [{}] }] }), /must specify a peer/],
    [
      'two kinds of peer',
      aPolicy({ egress: [{ to: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
      /may not specify both ipBlock/,
    ],
    [
      'a range that ends before it begins',
      aPolicy({ ingress: [{ ports: [{ port: 80, endPort: 70 }] }] }),
      /greater than or equal to `port`/,
    ],
    [
      'an exception as large as its block',
      aPolicy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }] }] }),
      /except\[0\]: must be a strict subset of `cidr`/,
    ],
    [
      'an exception beside its block',
      aPolicy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.1.0.0/16'] } }] }] }),
      /except\[0\]: must be a strict subset of `cidr`/,
    ],
    [
      'an exception within its block',
      aPolicy({ ingress: [{ from: [{ ipBlock: { cidr: 'fd00::/8', except: ['fd00::/16'] } }] }] }),
      undefined,
    ],
    ['an unknown type', aPolicy({ policyTypes: ['Sideways'] }), /policyTypes\[0\]/],
  ])('%s', (_, object, expected) => expectProblems(problems(networkPolicyDefinition, object), expected));
  it('is about egress only when it says anything of it', () => {
    const [plain, both] = [aPolicy({}), aPolicy({ egress: [{}] })];
    for (const policy of [plain, both]) networkPolicyDefinition.strategy.setDefaults?.(policy);
    expect([plain.spec?.policyTypes, both.spec?.policyTypes]).toEqual([['Ingress'], ['Ingress', 'Egress']]);
  });
});
