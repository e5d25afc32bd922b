import { negotiate } from './media-type';

describe('negotiate', () => {
  it.each([
    [undefined, { format: 'json', as: '' }],
    ['*/*', { format: 'json', as: '' }],
    ['application/yaml', { format: 'yaml' }],
    ['application/vnd.kubernetes.protobuf,application/json', { format: 'json', as: '' }],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { format: 'json', as: 'Table', version: 'v1' }],
    ['application/json;q=0.1,application/yaml', { format: 'yaml' }],
  ])('%s', (accept, expected) => expect(negotiate(accept, ['Table'])).toMatchObject(expected));

  it('passes over a form the endpoint does not have', () => {
    expect(negotiate('application/json;as=Table,application/json').as).toBe('');
    expect(() => negotiate('text/html')).toThrow('only the following media types are accepted');
  });
});
