import { accessReviewSpec } from './access-review';
import { matchConditions } from './match-conditions';

const pods = accessReviewSpec({
  user: { name: 'joe', groups: ['ops'], extra: { scopes: ['a'] } },
  verb: 'list',
  resource: 'pods',
  apiGroup: '',
  apiVersion: 'v1',
  subresource: '',
  namespace: 'dev',
  name: '',
  path: '',
  fieldRequirements: () => [{ field: 'spec.nodeName', operator: '=', value: 'n' }],
});
const path = accessReviewSpec({
  user: { name: 'ann', groups: [] },
  verb: 'get',
  resource: '',
  apiGroup: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '/metrics',
});
const holds = (spec: typeof pods, ...expressions: string[]) => matchConditions('w', expressions)?.(spec);

describe('match conditions of a webhook', () => {
  it.each([
    ["request.user == 'joe' && 'ops' in request.groups"],
    ["request.resourceAttributes.name == '' && request.resourceAttributes.subresource == '' && request.uid == ''"],
    ["request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'spec.nodeName' && 'n' in r.values)"],
    ['!has(request.resourceAttributes.labelSelector) && !has(request.nonResourceAttributes)'],
    ['request.?resourceAttributes.labelSelector.requirements.orValue([]).size() == 0'],
    ["request.extra['scopes'] == ['a']"],
  ])('hold: %s', (expression) => expect(holds(pods, expression)).toBe(true));

  it('see what there is of a path', () => {
    expect(holds(path, "request.nonResourceAttributes.path == '/metrics'", 'request.groups.size() == 0')).toBe(true);
    expect(holds(path, 'has(request.resourceAttributes)', 'true')).toBe(false);
  });

  it('are settled by one that is false, and cannot be told where one fails', () => {
    expect(holds(path, "request.resourceAttributes.verb == 'get'", "request.user == 'joe'")).toBe(false);
    expect(() => holds(path, "request.resourceAttributes.verb == 'get'", "request.user == 'ann'")).toThrow(
      "cel evaluation error: expression 'request.resourceAttributes.verb == 'get'' resulted in error: no such key: resourceAttributes",
    );
    expect(() => holds(path, "request.extra['a'] == []", 'request.resourceAttributes == null')).toThrow(
      /^\[cel .*, cel /,
    );
  });

  it('are none where there are none', () => {
    expect(matchConditions('w', [])).toBeUndefined();
  });
});
