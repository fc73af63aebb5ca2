/** Times as lists write them, to seconds since 1970 UTC. */

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/;

/** `2026-01-02 03:04:05`, ISO 8601, or seconds since 1970; 0 for everything else. Without a zone it is UTC. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
  if (typeof value !== 'string') return 0;
  const text = value.trim();
  if (/^\d{9,10}$/.test(text)) return Number(text);
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = 'Z'] = FORM.exec(text) ?? [];
  if (year === undefined) return 0;
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / 1000));
}

/** 1767322800 → "2026-01-02"; '' for 0. */
export function dayOf(seconds: number): string {
  return seconds === 0 ? '' : new Date(seconds * 1000).toISOString().slice(0, 10);
}
