import {
  changePolicy,
  policyNamespaces,
  Random,
  randomPolicy,
  randomQuestion,
  rbacAllows,
  startApiServer,
  type AccessQuestion,
  type RbacPolicy,
  type TestApiServer,
} from '@nestor/testing';
import { impersonated, isRequest, subjectAccessReview } from './access-requests';
import { Http2Client } from './http2-client';
import { StoredPolicy } from './stored-policy';

/** All rows go out at once: what the connection takes in one time is for HTTP/2 to say. */
describe('the decisions of an API server and of a walk over all bindings and rules', () => {
  let server: TestApiServer;
  let client: Http2Client;
  let stored: StoredPolicy;
  beforeAll(async () => {
    server = await startApiServer();
    client = await Http2Client.of(server);
    stored = new StoredPolicy(client);
    for (const name of policyNamespaces) await client.send('POST', '/api/v1/namespaces', { metadata: { name } });
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  const isAllowedByReview = async (question: AccessQuestion): Promise<boolean> => {
    const { code, text, body } = await client.send(...subjectAccessReview(question));
    if (code !== 201) throw new Error(`${code} ${text}`);
    return body['status'].allowed as boolean;
  };
  const isLetThrough = async (question: AccessQuestion): Promise<boolean> => {
    const { code, text } = await client.send(...impersonated(question));
    if (code >= 500 || code === 401 || code === 429) throw new Error(`${code} ${text}`);
    return code !== 403;
  };

  let allowed = 0;
  const check = async (
    policy: RbacPolicy,
    questions: readonly AccessQuestion[],
    ask: (question: AccessQuestion) => Promise<boolean>,
  ): Promise<void> => {
    const expected = questions.map((question) => rbacAllows(policy, question));
    const answers = await Promise.all(questions.map(ask));
    const wrong = questions.filter((_, at) => answers[at] !== expected[at]);
    expect(wrong).toEqual([]);
    allowed += expected.filter(Boolean).length;
  };

  it.each([
    { seed: 1, bindings: 6 },
    { seed: 2, bindings: 25 },
    { seed: 3, bindings: 100 },
  ])(
    'are the same through all changes, seed $seed, $bindings bindings in each place',
    async ({ seed, bindings }) => {
      allowed = 0;
      const random = new Random(seed);
      const policy = randomPolicy(random, bindings);
      const questions = (count: number) => Array.from({ length: count }, () => randomQuestion(random));
      for (let round = 0; round < 8; round++) {
        await stored.follow(policy);
        await check(policy, questions(300), isAllowedByReview);
        await check(policy, questions(60).filter(isRequest), isLetThrough);
        for (let change = 0; change < 10; change++) changePolicy(random, policy);
      }
      // Rows that are all refused would show little.
      expect(allowed).toBeGreaterThan(100);
    },
    120_000,
  );
});
