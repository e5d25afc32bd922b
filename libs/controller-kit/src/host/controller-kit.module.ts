import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ControllerHost } from './controller-host';
import { CONTROLLER_KIT_OPTIONS, type ControllerKitOptions } from './controller-options';

/** Import once per app, beside ClientModule and the modules of the controllers. */
@Module({})
export class ControllerKitModule {
  static forRoot(options: ControllerKitOptions = {}): DynamicModule {
    return {
      module: ControllerKitModule,
      imports: [DiscoveryModule],
      providers: [{ provide: CONTROLLER_KIT_OPTIONS, useValue: options }, ControllerHost],
      exports: [ControllerHost],
    };
  }
}
