import { compileDeviceSelector, type SelectableDevice } from './device-selector';

const gpu: SelectableDevice = {
  driver: 'gpu.example.com',
  attributes: {
    model: { string: 'a100' },
    index: { int: 3 },
    ecc: { bool: true },
    driverVersion: { version: '1.10.0' },
    'other.com/zone': { string: 'z' },
  },
  capacity: { memory: { value: '80Gi' } },
  allowMultipleAllocations: true,
};
const matches = (expression: string, device = gpu): boolean => {
  const selector = compileDeviceSelector(expression);
  if (selector.error !== undefined) throw new Error(selector.error);
  return selector.matches(device);
};

describe('device selectors', () => {
  it.each([
    `device.driver == "gpu.example.com"`,
    `device.attributes["gpu.example.com"].model == "a100"`,
    `device.attributes["gpu.example.com"].index > 2 && device.attributes["gpu.example.com"].ecc`,
    `device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("1.9.0"))`,
    `device.attributes["other.com"].zone == "z"`,
    `device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0`,
    `device.allowMultipleAllocations == true`,
    `!has(device.attributes["nobody.com"].model)`,
    `cel.bind(gpu, device.attributes["gpu.example.com"], gpu.ecc && gpu.index == 3 && gpu.model == "a100")`,
    `device.attributes["gpu.example.com"][?"serial"].orValue("none") == "none"`,
  ])('%s', (expression) => expect(matches(expression)).toBe(true));

  it('say where a name for a value is none', () => {
    expect(compileDeviceSelector('cel.bind(a.b, 1, true)').error).toMatch(
      /^compilation failed: ERROR: <input>:1:11: cel\.bind\(\) variable names must be simple identifiers/,
    );
  });

  it('fail where an attribute is missing', () => {
    expect(() => matches(`device.attributes["gpu.example.com"].serial == "1"`)).toThrow('no such key: serial');
  });

  it('are refused when they do not compile or do not judge', () => {
    expect(compileDeviceSelector('device.colour').error).toMatch(
      /^compilation failed: ERROR: <input>:1:7: undefined field 'colour'/,
    );
    expect(compileDeviceSelector('device.driver').error).toBe('must evaluate to bool or the unknown type, not string');
  });

  it('are limited in cost', () => {
    const all = (inner: string) => `device.attributes.all(d, ${inner})`;
    const costly = compileDeviceSelector(all(all(all(all(all('true')).replace(/d,/g, 'd,')).replace(/d,/g, 'd,'))));
    expect(costly.error ?? (costly as { maxCost: number }).maxCost).toBeGreaterThan(1_000_000);
  });
});
