/** The state of the desk as an address: `#/c/3/flows?q=id.resp_p+%3D%3D+22&t=1773133200-1773136800`. */

export interface Place {
  /** Of the capture that is looked at; null: none. */
  capture: number | null;
  /** Name of the view. */
  view: string;
  /** Further parts: the host, the incident. */
  rest: string[];
  params: Record<string, string>;
}

export interface TimeRange {
  /** Seconds since 1970, exclusive of `to`. */
  from: number;
  to: number;
}

const CAPTURE = /^[1-9]\d{0,14}$/;

export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const capture = parts[0] === 'c' && CAPTURE.test(parts[1] ?? '') ? Number(parts[1]) : null;
  const [view = '', ...rest] = capture === null ? parts : parts.slice(2);
  return { capture, view, rest, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a place; parameters in one order, empty ones left out. */
export function writePlace({ capture, view, rest, params }: Place): string {
  const parts = [...(capture === null ? [] : ['c', String(capture)]), view, ...rest].map(encodeURIComponent);
  const given = Object.entries(params)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const query = new URLSearchParams(given).toString();
  return `#/${parts.join('/')}${query === '' ? '' : `?${query}`}`;
}

/** Whether the address leads to something: a capture, or one host, flow or incident. */
export function isDirect({ capture, rest, params }: Place): boolean {
  return capture !== null || rest.length > 0 || Object.keys(params).length > 0;
}

export function readRange(text: string | undefined): TimeRange | null {
  const found = /^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$/.exec(text ?? '');
  if (!found) return null;
  const range = { from: Number(found[1]), to: Number(found[2]) };
  return range.to > range.from ? range : null;
}

/** To the millisecond: finer cannot be chosen with a mouse. */
export function writeRange(range: TimeRange | null): string {
  if (!range) return '';
  return `${Number(range.from.toFixed(3))}-${Number(range.to.toFixed(3))}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
