import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { ClientModule, InformerFactory, KubernetesClient } from '@nestor/client';
import { ControllerKitModule } from '../host/controller-kit.module';

export interface ControllerTestBedOptions {
  /** Modules of the controllers under test. */
  modules: (DynamicModule | Type<unknown>)[];
  /** As --controllers; all that are on by default when absent. */
  controllers?: readonly string[];
  /** Makes what is there before the controllers start. */
  seed?(client: KubernetesClient): Promise<void>;
}

/**
 * Controllers in this process against a real API server with a Postgres of its own.
 *
 *     const bed = await ControllerTestBed.start({ modules: [WidgetModule] });
 *     await bed.client.resource(refs.configMaps).create(...);
 *     await bed.stop();
 */
export class ControllerTestBed {
  private constructor(
    readonly client: KubernetesClient,
    readonly informers: InformerFactory,
    /** For kubectl and other clients. */
    readonly kubeconfig: string,
    private readonly close: () => Promise<void>,
  ) {}

  static async start(options: ControllerTestBedOptions): Promise<ControllerTestBed> {
    // Loaded here only: an app that imports the kit must not load the test servers.
    const { startApiServer } = await import('@nestor/testing');
    const server = await startApiServer();
    try {
      if (options.seed) await seed(server.adminKubeconfig, options.seed);
      const context = await createContext(server.adminKubeconfig, options);
      const close = async (): Promise<void> => {
        await context.close();
        await server.stop();
      };
      const { adminKubeconfig } = server;
      return new ControllerTestBed(context.get(KubernetesClient), context.get(InformerFactory), adminKubeconfig, close);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Stops the controllers and the server. */
  stop(): Promise<void> {
    return this.close();
  }
}

async function seed(kubeconfig: string, make: (client: KubernetesClient) => Promise<void>): Promise<void> {
  const client = new KubernetesClient({ kubeconfig, component: 'test-bed' });
  try {
    await make(client);
  } finally {
    client.close();
  }
}

async function createContext(
  kubeconfig: string,
  { modules, controllers }: ControllerTestBedOptions,
): Promise<INestApplicationContext> {
  const { NestFactory } = await import('@nestjs/core');
  const root: DynamicModule = {
    module: class TestRootModule {},
    imports: [
      ClientModule.forRoot({ kubeconfig, component: 'test-bed' }),
      ControllerKitModule.forRoot({ controllers }),
      ...modules,
    ],
  };
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
}
