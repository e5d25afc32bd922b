import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLogger } from '@nestor/telemetry';
import type { AuditEvent } from '../audit-event';
import { countLost, type AuditSink } from './audit-sink';
import { legacyLine } from './legacy-line';
import { rotate, type RotationLimits } from './rotate-log';

export interface LogFileSettings extends RotationLimits {
  /** '-' is standard output, which is never rotated. */
  path: string;
  format: 'json' | 'legacy';
  /** Bytes from which a new file is begun. */
  maxBytes: number;
}

const log = createLogger('audit');
const standardOutput = 1;

/** A line for each event, written before the request goes on. A full file is put aside under the time it was ended at. */
export class LogFileSink implements AuditSink {
  private file: number;
  private size = 0;

  constructor(private readonly settings: LogFileSettings) {
    if (this.isStandardOutput) this.file = standardOutput;
    else {
      // Audit events name who did what: nobody but the server's user reads them.
      mkdirSync(dirname(settings.path), { recursive: true, mode: 0o700 });
      this.file = this.open();
    }
  }

  process(events: readonly AuditEvent[]): boolean {
    const line = this.settings.format === 'legacy' ? legacyLine : JSON.stringify;
    try {
      for (const event of events) this.write(Buffer.from(`${line(event)}\n`));
      return true;
    } catch (error) {
      countLost('log', events.length);
      log.error({ error, path: this.settings.path }, 'audit events could not be written');
      return false;
    }
  }

  close(): Promise<void> {
    if (!this.isStandardOutput) closeSync(this.file);
    return Promise.resolve();
  }

  private get isStandardOutput(): boolean {
    return this.settings.path === '-';
  }

  private write(line: Buffer): void {
    if (!this.isStandardOutput && this.size > 0 && this.size + line.length > this.settings.maxBytes) this.beginAnew();
    let written = 0;
    while (written < line.length) written += writeSync(this.file, line, written);
    this.size += line.length;
  }

  private beginAnew(): void {
    closeSync(this.file);
    try {
      rotate(this.settings.path, this.settings, new Date());
    } finally {
      this.file = this.open();
    }
  }

  private open(): number {
    const file = openSync(this.settings.path, 'a', 0o600);
    this.size = fstatSync(file).size;
    return file;
  }
}
