/**
 * Addresses of the lab: `#/lab`, `#/lab/new`, `#/lab/3`, `#/lab/compare/3/5`, `#/lab/models`, `#/lab/models/2/again`, `#/lab/score/1`,
 * `#/lab/record?model=2`.
 */
import { writePlace } from '../../lib/address-bar.ts';

export function labAddress(rest: string[] = [], params: Record<string, string> = {}): string {
  return writePlace({ capture: null, view: 'lab', rest, params });
}

export type LabPlace =
  | { what: 'list' }
  | { what: 'new' }
  | { what: 'result'; id: number }
  | { what: 'compare'; ids: [number, number] }
  | { what: 'models' }
  | { what: 'new-model' }
  | { what: 'daily' }
  | { what: 'model'; id: number }
  | { what: 'retrain'; id: number }
  | { what: 'score' }
  | { what: 'scored'; id: number }
  | { what: 'record' };

const NUMBER = /^[1-9]\d{0,14}$/;

export function labPlace([first = '', second = '', third = '']: readonly string[]): LabPlace {
  if (first === 'models') return modelPlace(second, third);
  if (first === 'score') return NUMBER.test(second) ? { what: 'scored', id: Number(second) } : { what: 'score' };
  if (first === 'record') return { what: 'record' };
  if (first === 'new') return { what: 'new' };
  if (first === 'compare' && NUMBER.test(second) && NUMBER.test(third)) {
    return { what: 'compare', ids: [Number(second), Number(third)] };
  }
  return NUMBER.test(first) ? { what: 'result', id: Number(first) } : { what: 'list' };
}

function modelPlace(second: string, third: string): LabPlace {
  if (second === 'new') return { what: 'new-model' };
  if (second === 'daily') return { what: 'daily' };
  if (!NUMBER.test(second)) return { what: 'models' };
  return { what: third === 'again' ? 'retrain' : 'model', id: Number(second) };
}
