import { DynamicModule, Module } from '@nestjs/common';
import { ClientModule } from '@nestor/client';
import { KubeletConfig } from './kubelet.config';
import { KubeletService } from './kubelet.service';

@Module({})
export class KubeletModule {
  static forRoot(config: KubeletConfig): DynamicModule {
    return {
      module: KubeletModule,
      imports: [ClientModule.forConfig(config, 'kubelet', config.runtime === 'sim' ? undefined : config.nodeName)],
      providers: [{ provide: KubeletConfig, useValue: config }, KubeletService],
    };
  }
}
