/** For how long something may be silenced. */

export const LIFETIMES = [
  { value: '1', label: 'for a day' },
  { value: '7', label: 'for a week' },
  { value: '30', label: 'for 30 days' },
  { value: '90', label: 'for 90 days' },
  { value: '0', label: 'until it is removed' },
] as const;
export const USUAL_LIFETIME = '30';

const DAY_MS = 86_400_000;

/** `days` '0': never. */
export function expiryOf(days: string, now: number): number | null {
  return Number(days) > 0 ? now + Number(days) * DAY_MS : null;
}
