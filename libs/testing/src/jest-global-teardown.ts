import { stopSharedServers } from './test-postgres';

export default async function tearDown(): Promise<void> {
  if (process.env.NESTOR_TEST_RUN) await stopSharedServers(process.env.NESTOR_TEST_RUN);
}
