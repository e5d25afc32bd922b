/** Signs cluster-info with the bootstrap tokens, and deletes those whose time is up. */
export { BootstrapTokensModule } from './bootstrap-tokens.module';
