import { goDurationNanos } from '@nestor/formats';
import { CelError } from './cel-error';

const SECOND = 1_000_000_000n;
const MAX_DURATION = 2n ** 63n - 1n;

export class Duration {
  /** Nanoseconds, within 64 bits as Go's. */
  constructor(readonly nanos: bigint) {
    if (nanos > MAX_DURATION || nanos < -MAX_DURATION - 1n) throw new CelError('duration overflow');
  }
  /** Seconds with their fraction, as protobuf prints them. */
  toString(): string {
    const sign = this.nanos < 0n ? '-' : '';
    const absolute = this.nanos < 0n ? -this.nanos : this.nanos;
    return `${sign}${absolute / SECOND}${fraction(absolute % SECOND)}s`;
  }
}

export class Timestamp {
  /** Nanoseconds since 1970. */
  constructor(readonly nanos: bigint) {
    if (nanos < -62_135_596_800n * SECOND || nanos > 253_402_300_799n * SECOND + SECOND - 1n) {
      throw new CelError('timestamp overflow');
    }
  }
  toString(): string {
    const whole = floorDiv(this.nanos, SECOND);
    const iso = new Date(Number(whole) * 1000).toISOString().replace(/\.\d+Z$/, '');
    return `${iso}${fraction(this.nanos - whole * SECOND)}Z`;
  }
}

/** ".5" of 500000000; nothing of 0. */
const fraction = (nanos: bigint): string =>
  nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** Go's time.ParseDuration: 1h30m, -1.5s. */
export function parseDuration(text: string): Duration {
  try {
    return new Duration(goDurationNanos(text));
  } catch {
    throw new CelError(`type conversion error from 'string' to 'google.protobuf.Duration'`);
  }
}

const timestampText = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)$/;

/** RFC 3339; a date alone (format date) is its midnight. */
export function parseTimestamp(text: string): Timestamp {
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  const found = timestampText.exec(full);
  const millis = found ? Date.parse(full.replace(/\.\d+/, '').toUpperCase()) : Number.NaN;
  const day = found ? new Date(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]))) : undefined;
  if (!found || Number.isNaN(millis) || day?.getUTCDate() !== Number(found[3])) {
    throw new CelError(`type conversion error from 'string' to 'google.protobuf.Timestamp'`);
  }
  const nanos = BigInt((found[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return new Timestamp(BigInt(millis) * 1_000_000n + nanos);
}
