import type { StoredObject } from '@nestor/store';
import { storageName } from './encrypted-store';
import { openEncryptionFile } from './encryption-file';

/** Objects as they are to be stored: encrypted by the configuration, if there is one. */
export async function* sealObjects(
  pages: AsyncIterable<readonly StoredObject[]>,
  configuration: string | undefined,
): AsyncGenerator<readonly StoredObject[]> {
  if (!configuration) {
    yield* pages;
    return;
  }
  const encryption = await openEncryptionFile(configuration);
  try {
    for await (const page of pages) {
      const sealed: StoredObject[] = [];
      for (const object of page) {
        const body = await encryption.of(object.resource)?.seal(object.body, storageName(object));
        sealed.push(body ? { ...object, body } : object);
      }
      yield sealed;
    }
  } finally {
    encryption.close();
  }
}
