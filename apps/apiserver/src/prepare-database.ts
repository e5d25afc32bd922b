import { prepareDatabase } from '@nestor/store';

/**
 * A program of its own beside the server: with the rights of NESTOR_DATABASE_ADMIN_URL it makes the database ready for
 * the role that NESTOR_APISERVER_DATABASE_URL names, which can then read and write rows and nothing else.
 */
async function prepare(): Promise<void> {
  const { NESTOR_DATABASE_ADMIN_URL: adminUrl, NESTOR_APISERVER_DATABASE_URL: serverUrl } = process.env;
  if (!adminUrl || !serverUrl) {
    throw new Error('usage: NESTOR_DATABASE_ADMIN_URL=... NESTOR_APISERVER_DATABASE_URL=... node prepare-database.js');
  }
  await prepareDatabase({ adminUrl, serverUrl });
}

prepare().catch((error: unknown) => {
  process.stderr.write(`the database was not prepared: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
