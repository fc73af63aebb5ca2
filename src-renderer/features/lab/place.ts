/** Addresses of the lab: `#/lab`, `#/lab/new`, `#/lab/3`, `#/lab/compare/3/5`. */
import { writePlace } from '../../lib/address-bar.ts';

export function labAddress(rest: string[] = [], params: Record<string, string> = {}): string {
  return writePlace({ capture: null, view: 'lab', rest, params });
}

export type LabPlace =
  { what: 'list' } | { what: 'new' } | { what: 'result'; id: number } | { what: 'compare'; ids: [number, number] };

const NUMBER = /^[1-9]\d{0,14}$/;

export function labPlace([first = '', second = '', third = '']: readonly string[]): LabPlace {
  if (first === 'new') return { what: 'new' };
  if (first === 'compare' && NUMBER.test(second) && NUMBER.test(third)) {
    return { what: 'compare', ids: [Number(second), Number(third)] };
  }
  return NUMBER.test(first) ? { what: 'result', id: Number(first) } : { what: 'list' };
}
