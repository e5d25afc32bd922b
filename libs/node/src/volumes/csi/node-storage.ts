import { join } from 'node:path';
import { refs, type KubernetesClient } from '@nestor/client';
import type { StorageObjects } from '../claims/storage-objects';
import { CsiDrivers } from './csi-drivers';
import type { VolumeEvent } from './csi-expansion';
import { CsiNodeObject } from './csi-node-object';
import { CsiPaths } from './csi-paths';
import { CsiRegistration } from './csi-registration';
import { CsiVolumes } from './csi-volumes';
import { PluginWatcher } from './plugin-watcher';

export interface NodeStorageOptions {
  nodeName: string;
  rootDirectory: string;
  client: KubernetesClient;
  storage: StorageObjects;
  nodeUid(): string | undefined;
  reportInUse(): Promise<void>;
  event: VolumeEvent;
}

/** The CSI side of a node: its drivers, their registration, and the volumes they mount. */
export class NodeStorage {
  readonly volumes: CsiVolumes;
  private readonly drivers = new CsiDrivers();
  private readonly object: CsiNodeObject;
  private readonly watcher: PluginWatcher;

  constructor(options: NodeStorageOptions) {
    const { rootDirectory, nodeName, client, nodeUid } = options;
    this.volumes = new CsiVolumes({ ...options, drivers: this.drivers, paths: new CsiPaths(rootDirectory) });
    const [nodes, csiNodes] = [client.resource(refs.nodes), client.resource(refs.csiNodes)];
    this.object = new CsiNodeObject({ nodeName, nodeUid, nodes, csiNodes });
    const registration = new CsiRegistration(this.drivers, this.object);
    this.watcher = new PluginWatcher(join(rootDirectory, 'plugins_registry'), registration);
  }

  async start(): Promise<void> {
    await this.object.ensure();
    // Pods that are gone want their volumes taken away at once, by drivers that are there already.
    await this.watcher.start();
  }

  async stop(): Promise<void> {
    await this.watcher.stop();
    this.drivers.close();
  }
}
