/** Takes API servers that are gone out of the StorageVersions, and deletes those that no server is left in. */
export { StorageVersionModule } from './storage-version.module';
