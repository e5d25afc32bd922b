import { chmodSync, mkdtempSync } from 'node:fs';

/** Names a folder for what the workers of one run share. Nothing is started here: many runs need no server. */
export default function setUp(): void {
  const run = mkdtempSync('/var/tmp/nestor-test-run-');
  chmodSync(run, 0o755);
  process.env.NESTOR_TEST_RUN = run;
  process.env.NESTOR_TEST_RUN_PID = String(process.pid);
}
