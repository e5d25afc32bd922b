import { DynamicModule, Module } from '@nestjs/common';
import { ClientModule } from '@nestor/client';
import type { Connection } from '@nestor/connection';
import { KubeletConfig } from './kubelet.config';
import { KubeletService } from './kubelet.service';

@Module({})
export class KubeletModule {
  /** With a connection of its own where the kubelet looks after its client certificate itself. */
  static forRoot(config: KubeletConfig, connection?: Connection): DynamicModule {
    return {
      module: KubeletModule,
      imports: [
        ClientModule.forConfig(config, 'kubelet', {
          host: config.runtime === 'sim' ? undefined : config.nodeName,
          connection,
        }),
      ],
      providers: [{ provide: KubeletConfig, useValue: config }, KubeletService],
    };
  }
}
