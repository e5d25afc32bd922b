import type { PluginInfo } from '@nestor/csi';
import type { CsiDrivers } from './csi-drivers';
import type { CsiNodeObject } from './csi-node-object';
import type { PluginHandler } from './plugin-watcher';

/** Drivers of CSI 1.x: asked who they are on this node, and told to the cluster. */
export class CsiRegistration implements PluginHandler {
  readonly type = 'CSIPlugin';

  constructor(
    private readonly drivers: CsiDrivers,
    private readonly object: CsiNodeObject,
  ) {}

  async register({ name, endpoint, supportedVersions }: PluginInfo): Promise<void> {
    if (!supportedVersions.some((version) => /^v?1(\.|$)/.test(version))) {
      const all = supportedVersions.join(', ');
      throw new Error(
        `unsupported versions "${all}" for CSI driver ${name}: only versions 1.x of the interface are spoken`,
      );
    }
    const driver = this.drivers.add(name, endpoint);
    try {
      await this.object.add(name, await driver.info());
    } catch (error) {
      this.drivers.remove(name);
      throw error;
    }
  }

  async deregister({ name }: PluginInfo): Promise<void> {
    this.drivers.remove(name);
    await this.object.remove(name);
  }
}
