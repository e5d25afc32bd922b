/** Empties a namespace that is being deleted and lets it go. */
export { NamespaceModule } from './namespace.module';
