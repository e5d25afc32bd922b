/** The manager of a request: its fieldManager parameter, else the user agent up to the first slash. */
export function fieldManagerOf(fieldManager: string | undefined, userAgent: string | undefined): string {
  if (fieldManager) return fieldManager;
  const prefix = (userAgent ?? '').split('/')[0]!;
  return prefix === '' ? 'unknown' : [...prefix].slice(0, 128).join('');
}
