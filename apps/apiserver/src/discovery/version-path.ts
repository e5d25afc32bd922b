import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';

const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0+nestor',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: `node ${process.version}`,
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

export function versionPath(exchange: Exchange): Promise<void> | undefined {
  if (exchange.info.path !== '/version' && exchange.info.path !== '/version/') return undefined;
  sendObject(exchange, 200, version);
  return Promise.resolve();
}
