import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { serviceOf } from '../src/client/grpc-service';

type Request = Record<string, any>;

export interface DirectoryDriverOptions {
  name: string;
  /** Where its socket goes; the registration socket goes to `registry`. */
  directory: string;
  registry?: string;
  nodeId?: string;
  capabilities?: string[];
  topology?: Record<string, string>;
  maxVolumesPerNode?: number;
  /** Volumes are directories below this one, bound to where they are published: needs root. Without it empty directories. */
  backing?: string;
  versions?: string[];
}

/** A storage driver for tests, real on its socket: it makes directories and remembers what it was asked. */
export class DirectoryDriver {
  readonly calls: { method: string; request: Request }[] = [];
  /** What the kubelet answered to the registration. */
  readonly notices: { pluginRegistered: boolean; error: string }[] = [];
  /** Methods that fail, with their gRPC status. */
  readonly failing = new Map<string, { code: number; details: string }>();
  private readonly servers: grpc.Server[] = [];

  private constructor(private readonly options: DirectoryDriverOptions) {}

  static async start(options: DirectoryDriverOptions): Promise<DirectoryDriver> {
    const driver = new DirectoryDriver(options);
    await driver.listen(driver.socket, serviceOf('node').service, driver.node());
    if (options.registry)
      await driver.listen(driver.registration, serviceOf('registration').service, driver.registrar());
    return driver;
  }

  get socket(): string {
    return join(this.options.directory, `${this.options.name}.sock`);
  }
  get registration(): string {
    return join(this.options.registry ?? '', `${this.options.name}-reg.sock`);
  }
  get methods(): string[] {
    return this.calls.map(({ method }) => method).filter((method) => !method.startsWith('NodeGet'));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.tryShutdown(resolve))));
  }

  private listen(
    socket: string,
    service: grpc.ServiceDefinition,
    methods: Record<string, (request: Request) => object>,
  ) {
    const server = new grpc.Server();
    const handlers: Record<string, unknown> = {};
    for (const [method, answer] of Object.entries(methods)) {
      handlers[method] = ({ request }: { request: Request }, done: grpc.sendUnaryData<object>) => {
        this.calls.push({ method, request });
        const failure = this.failing.get(method);
        if (failure) return done({ ...failure, name: 'Error', message: failure.details });
        done(null, answer(request));
      };
    }
    server.addService(service, handlers as grpc.UntypedServiceImplementation);
    this.servers.push(server);
    return new Promise<void>((resolve, reject) =>
      server.bindAsync(`unix://${socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  }

  private registrar(): Record<string, (request: Request) => object> {
    const { name, versions = ['1.0.0'] } = this.options;
    return {
      GetInfo: () => ({ type: 'CSIPlugin', name, endpoint: this.socket, supportedVersions: versions }),
      NotifyRegistrationStatus: (request) => {
        this.notices.push(request as never);
        return {};
      },
    };
  }

  private node(): Record<string, (request: Request) => object> {
    const {
      nodeId = 'node-id',
      maxVolumesPerNode = 0,
      topology,
      capabilities = ['STAGE_UNSTAGE_VOLUME'],
    } = this.options;
    return {
      NodeGetInfo: () => ({ nodeId, maxVolumesPerNode, accessibleTopology: topology && { segments: topology } }),
      NodeGetCapabilities: () => ({ capabilities: capabilities.map((type) => ({ rpc: { type } })) }),
      NodeStageVolume: () => ({}),
      NodeUnstageVolume: () => ({}),
      NodePublishVolume: (request) => this.publish(request),
      NodeUnpublishVolume: (request) => this.unpublish(request),
      NodeExpandVolume: ({ capacityRange }) => ({ capacityBytes: capacityRange.requiredBytes }),
    };
  }

  private publish({ volumeId, targetPath }: Request): object {
    mkdirSync(targetPath, { recursive: true });
    if (this.options.backing) {
      const source = join(this.options.backing, volumeId);
      mkdirSync(source, { recursive: true });
      const isMounted = readFileSync('/proc/self/mounts', 'utf8').includes(` ${targetPath} `);
      if (!isMounted) execFileSync('mount', ['--bind', source, targetPath]);
    }
    return {};
  }

  private unpublish({ targetPath }: Request): object {
    try {
      if (this.options.backing) execFileSync('umount', [targetPath], { stdio: 'ignore' });
      rmdirSync(targetPath);
    } catch {
      // Not published, or not any more: that is what was asked for.
    }
    return {};
  }
}
