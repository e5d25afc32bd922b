export type IntOrString = number | string;

/**
 * intstr.GetScaledValueFromIntOrPercent: a number as it is, a percentage of the total rounded up or down.
 * Throws on a string that is no percentage.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const match = /^([+-]?[0-9]+)%$/.exec(value);
  if (!match) throw new TypeError(`invalid value for IntOrString: invalid type: string is not a percentage`);
  const scaled = (Number(match[1]) * total) / 100;
  return round === 'up' ? Math.ceil(scaled) : Math.floor(scaled);
}
