import { DynamicModule, Module } from '@nestjs/common';
import { ApiServerConfig } from '../apiserver.config';
import { ApiServerWorkers } from './api-server-workers';

@Module({})
export class WorkersModule {
  static forRoot(config: ApiServerConfig): DynamicModule {
    return { module: WorkersModule, providers: [{ provide: ApiServerConfig, useValue: config }, ApiServerWorkers] };
  }
}
