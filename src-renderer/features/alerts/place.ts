/** Addresses of the alerts: `#/alerts`, `#/alerts/new?kind=webhook`, `#/alerts/channel/on-call`, `#/alerts/routes/2`, … */
import { writePlace } from '../../lib/address-bar.ts';

export function alertsAddress(rest: string[] = [], params: Record<string, string> = {}): string {
  return writePlace({ capture: null, view: 'alerts', rest, params });
}

export type AlertsPlace =
  | { what: 'channels' }
  | { what: 'new-channel' }
  | { what: 'channel'; id: string }
  | { what: 'routes' }
  | { what: 'new-route' }
  /** `index`: from 0; in the address from 1. */
  | { what: 'route'; index: number }
  | { what: 'reports' }
  | { what: 'new-report' }
  | { what: 'report'; id: string }
  | { what: 'siem' }
  | { what: 'new-export' }
  | { what: 'export'; id: string }
  | { what: 'deliveries' }
  | { what: 'policy' }
  | { what: 'document' };

const NUMBER = /^[1-9]\d{0,3}$/;

export function alertsPlace([first = '', second = '']: readonly string[]): AlertsPlace {
  switch (first) {
    case 'new':
      return { what: 'new-channel' };
    case 'channel':
      return second === '' ? { what: 'channels' } : { what: 'channel', id: second };
    case 'routes':
      if (second === 'new') return { what: 'new-route' };
      return NUMBER.test(second) ? { what: 'route', index: Number(second) - 1 } : { what: 'routes' };
    case 'reports':
      if (second === 'new') return { what: 'new-report' };
      return second === '' ? { what: 'reports' } : { what: 'report', id: second };
    case 'siem':
      if (second === 'new') return { what: 'new-export' };
      return second === '' ? { what: 'siem' } : { what: 'export', id: second };
    case 'deliveries':
    case 'policy':
    case 'document':
      return { what: first };
    default:
      return { what: 'channels' };
  }
}
