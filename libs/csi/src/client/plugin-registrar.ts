import { GrpcService } from './grpc-service';

export interface PluginInfo {
  /** CSIPlugin, DevicePlugin or DRAPlugin. */
  type: string;
  name: string;
  endpoint: string;
  supportedVersions: string[];
}

const timeoutMs = 10_000;

/** A plugin's registration service, behind its socket in the kubelet's plugins_registry. */
export class PluginRegistrar {
  private readonly service: GrpcService;

  constructor(socket: string) {
    this.service = new GrpcService('registration', socket);
  }

  info(): Promise<PluginInfo> {
    return this.service.call('GetInfo', {}, timeoutMs);
  }

  async notify(error?: string): Promise<void> {
    const status = { pluginRegistered: error === undefined, error: error ?? '' };
    await this.service.call('NotifyRegistrationStatus', status, timeoutMs);
  }

  close(): void {
    this.service.close();
  }
}
