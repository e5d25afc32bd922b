import type { AdmissionPlugin } from './admission-plugin';
import { selectPlugins } from './select-plugins';

const plugin = (name: string, onByDefault?: boolean): AdmissionPlugin => ({ name, onByDefault, handles: () => true });
const plugins = [plugin('A'), plugin('B', false), plugin('C')];
const names = (enable: string[], disable: string[]): string =>
  selectPlugins(plugins, { enable, disable })
    .map(({ name }) => name)
    .join('');

describe('selectPlugins', () => {
  it.each([
    [[], [], 'AC'],
    [['B', 'A'], [], 'ABC'],
    [[], ['A', 'B'], 'C'],
  ])('with %j, without %j', (enable, disable, expected) => expect(names(enable, disable)).toBe(expected));

  it('says what is wrong with the flags', () => {
    expect(() => names(['X'], [])).toThrow('--enable-admission-plugins: plugin "X" is unknown; there are A, B, C');
    expect(() => names(['A'], ['A'])).toThrow(
      '[A] in --enable-admission-plugins and --disable-admission-plugins overlapped',
    );
  });
});
