const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** duration.ShortHumanDuration of apimachinery: the coarsest unit alone. */
export function shortDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  // Clocks of two machines may be a second apart.
  if (seconds < -1) return '<invalid>';
  if (seconds < minute) return `${Math.max(0, seconds)}s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < year) return `${Math.floor(seconds / day)}d`;
  return `${Math.floor(seconds / year)}y`;
}
