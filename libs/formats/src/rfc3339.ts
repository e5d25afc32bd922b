/** A time as metav1.Time is written: RFC 3339 in UTC, without parts of a second. Now, where none is given. */
export const rfc3339 = (time: Date | number = Date.now()): string =>
  new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
