import { noOpinion, type Attributes } from '@nestor/auth';
import {
  admissionVariables,
  authorizerValue,
  compile,
  type AuthorizationAnswer,
  type AuthorizationQuery,
} from '@nestor/cel';
import { expressionAuthorizer } from './authorize-expression';

/** What an authorizer is asked by an expression of joe's request. */
function asked(expression: string): Attributes {
  const questions: Attributes[] = [];
  const authorize = expressionAuthorizer({
    authorize(attributes) {
      questions.push(attributes);
      return noOpinion('nobody says so');
    },
  });
  const ask = (query: AuthorizationQuery) => authorize({ name: 'joe', groups: ['a'] }, query) as AuthorizationAnswer;
  const { program, message } = compile(expression, { variables: admissionVariables({ authorizer: true }) });
  expect(message).toBeUndefined();
  expect(program?.evaluate({ authorizer: authorizerValue(ask) })).toMatchObject({ value: 'nobody says so' });
  return questions[0] as Attributes;
}

describe('what expressions ask about rights', () => {
  it('are resources, narrowed by selectors', () => {
    const question = asked(
      "authorizer.group('').resource('pods').namespace('x').fieldSelector('spec.nodeName=n').labelSelector('a,!b').check('list').reason()",
    );
    expect(question).toMatchObject({ user: { name: 'joe' }, verb: 'list', resource: 'pods', namespace: 'x' });
    expect(question.fieldRequirements?.()).toEqual([{ field: 'spec.nodeName', operator: '=', value: 'n' }]);
    expect(question.labelRequirements?.()).toEqual([
      { key: 'a', operator: 'exists', values: [] },
      { key: 'b', operator: '!', values: [] },
    ]);
  });

  it('are broader where a selector cannot be read', () => {
    const question = asked(
      "authorizer.group('').resource('pods').fieldSelector('foo').labelSelector('a in').check('list').reason()",
    );
    expect([question.fieldRequirements?.(), question.labelRequirements?.()]).toEqual([[], []]);
  });

  it('are of another where a service account is named', () => {
    const question = asked("authorizer.serviceAccount('a', 'b').path('/metrics').check('get').reason()");
    expect(question).toMatchObject({
      user: { name: 'system:serviceaccount:a:b', groups: expect.arrayContaining(['system:serviceaccounts:a']) },
      verb: 'get',
      path: '/metrics',
      resource: '',
    });
    expect(question.fieldRequirements).toBeUndefined();
  });
});
