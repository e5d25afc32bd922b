import type { AuthorizationAnswer, AuthorizationQuery } from '@nestor/cel';
import type { AdmissionRequest } from '../admission-plugin';
import { compileConditions } from '../match-conditions';
import { compileMutatingPolicy } from '../policies/mutating-policy';
import { compileValidatingPolicy } from '../policies/validating-policy';
import { CostBudget, POLICY_BUDGET } from './cost-budget';
import { admissionBindings } from './admission-bindings';
import { whenAnswered } from './pending-answer';

const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
const resource = { group: '', version: 'v1', resource: 'configmaps' };
const request = (): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  subresource: '',
  namespaced: true,
  namespace: 'default',
  name: 'a',
  user: { name: 'joe', groups: [] },
  dryRun: false,
  warn: () => undefined,
});
const answer = ({ resource: asked, verb }: AuthorizationQuery): AuthorizationAnswer =>
  asked === 'broken'
    ? { allowed: false, reason: '', error: 'no answer' }
    : { allowed: asked === 'pods', reason: `${verb} ${asked}` };

/** Bindings of a request whose authorizer answers at once, or later, and the questions that were put to it. */
function asking(later: boolean, of = request()) {
  const questions: string[] = [];
  const bindings = admissionBindings({
    request: of,
    matched: { kind, resource },
    authorize: (_user, query) => {
      questions.push(`${query.verb} ${query.resource}`);
      return later ? new Promise((resolve) => setImmediate(() => resolve(answer(query)))) : answer(query);
    },
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { n: '1' } },
  });
  return { bindings, questions };
}

const may = (what: string, verb = 'get'): string => `authorizer.group('').resource('${what}').check('${verb}')`;

describe('expressions that ask an authorizer', () => {
  const policy = compileValidatingPolicy({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: {
      matchConditions: [{ name: 'asks', expression: `${may('pods', 'list')}.allowed()` }],
      variables: [
        { name: 'mayPods', expression: `${may('pods')}.allowed()` },
        { name: 'both', expression: `variables.mayPods && ${may('secrets')}.allowed()` },
      ],
      validations: [
        { expression: 'variables.mayPods' },
        { expression: 'variables.both', messageExpression: `'no: ' + ${may('nodes', 'watch')}.reason()` },
        { expression: `object.nothing == 1 || ${may('pods')}.allowed()` },
        { expression: `${may('broken')}.errored() && ${may('broken')}.error() == 'no answer'` },
        { expression: `${may('secrets')}.allowed() || object.nothing == 1` },
      ],
      auditAnnotations: [{ key: 'who', valueExpression: `${may('leases')}.reason()` }],
    },
  });
  const asked = ['list pods', 'get pods', 'get secrets', 'watch nodes', 'get broken', 'get leases'];

  it('come to the same whether the answers come at once or later', async () => {
    const atOnce = asking(false);
    const now = whenAnswered(() => policy(atOnce.bindings));
    const { bindings, questions } = asking(true);
    const later = whenAnswered(() => policy(bindings));
    expect(now).not.toBeInstanceOf(Promise);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toEqual(now);
    expect(now).toMatchObject({
      decisions: [
        { isDenied: false },
        { isDenied: true, message: 'no: watch nodes' },
        { isDenied: false },
        { isDenied: false },
        { isDenied: true, message: expect.stringContaining('no such key: nothing') },
      ],
      annotations: [{ key: 'who', value: 'get leases' }],
    });
    expect(questions).toEqual(asked);
  });

  it('share what was waited for, within one request', async () => {
    const one = request();
    const first = asking(true, one);
    await whenAnswered(() => policy(first.bindings));
    const second = asking(true, one);
    expect(whenAnswered(() => policy(second.bindings))).not.toBeInstanceOf(Promise);
    expect(second.questions).toEqual([]);
    const other = asking(true);
    await whenAnswered(() => policy(other.bindings));
    expect(other.questions).toEqual(asked);
  });

  it('wait in match conditions and mutations as well', async () => {
    const conditions = compileConditions([{ name: 'c', expression: `!${may('secrets')}.allowed()` }]);
    const { bindings } = asking(true);
    expect(await whenAnswered(() => conditions(bindings))).toBe(true);
    const { compiler, mutations } = compileMutatingPolicy({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'p' },
      spec: {
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression: `[JSONPatch{op: 'add', path: '/data/may', value: string(${may('pods')}.allowed())}]`,
            },
          },
        ],
      },
    });
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: {} };
    const changed = await whenAnswered(() => {
      const budget = new CostBudget(POLICY_BUDGET);
      return mutations.map((mutate) => mutate({ object, bindings: compiler.withVariables(bindings, budget), budget }));
    });
    expect(changed).toMatchObject([{ data: { may: 'true' } }]);
  });

  it('fail with their request where the authorizer fails outright', async () => {
    const bindings = admissionBindings({
      request: request(),
      matched: { kind, resource },
      authorize: () => Promise.reject(new Error('broken')),
    });
    await expect(whenAnswered(() => policy(bindings))).rejects.toThrow('broken');
  });
});
