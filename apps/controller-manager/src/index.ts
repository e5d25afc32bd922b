/** The controller manager as a Nest module, for processes that host it beside something else. */
export { ControllerManagerConfig } from './controller-manager.config';
export { ControllerManagerModule } from './controller-manager.module';
