import { createBackend } from './backends';

test.each(['ipvs', 'nftables', 'userspace', 'toString'])('mode %s is refused by naming what there is', (mode) => {
  expect(() => createBackend(mode)).toThrow(`proxy mode "${mode}" is not available; there is iptables (and "none")`);
});

test('iptables is there', () => expect(createBackend('iptables').mode).toBe('iptables'));
