/** A route as it is typed. */
import type { AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { networksFault, networksOf } from '../../settings/networks.ts';

export interface RouteDraft extends Omit<AlertRoute, 'hosts' | 'hours'> {
  /** As typed. */
  hosts: string;
  /** Whether it works at some hours only. */
  timed: boolean;
  hours: NonNullable<AlertRoute['hours']>;
}

const WORK = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', timeZone: 'system' };

export const NEW_ROUTE: AlertRoute = {
  name: '',
  enabled: true,
  channels: [],
  severity: 'warning',
  kinds: [],
  hosts: [],
  side: 'any',
  hours: null,
};

export function routeDraft(route: AlertRoute): RouteDraft {
  const { hosts, hours } = route;
  return { ...route, hosts: hosts.join('\n'), timed: hours !== null, hours: hours ?? WORK };
}

export function routeOf({ hosts, timed, hours, ...rest }: RouteDraft): AlertRoute {
  const days = [...hours.days].sort((a, b) => a - b);
  return { ...rest, name: rest.name.trim(), hosts: networksOf(hosts), hours: timed ? { ...hours, days } : null };
}

export interface RouteFaults {
  channels?: string;
  hosts?: string;
  days?: string;
  times?: string;
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

export function routeFaults({ channels, hosts, timed, hours }: RouteDraft): RouteFaults {
  const wrong = networksFault(hosts);
  return {
    ...(channels.length === 0 ? { channels: 'Choose at least one channel.' } : {}),
    ...(wrong === null ? {} : { hosts: `${wrong}.` }),
    ...(timed && hours.days.length === 0 ? { days: 'Choose at least one day.' } : {}),
    ...(timed && !(CLOCK.test(hours.from) && CLOCK.test(hours.to)) ? { times: 'Write both times as 08:30.' } : {}),
  };
}

const same = (a: AlertRoute, b: AlertRoute): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The list with `before` replaced by `after` (null: without it); null where `before` is no longer in it. */
export function replaced(
  routes: readonly AlertRoute[],
  before: AlertRoute,
  after: AlertRoute | null,
): AlertRoute[] | null {
  const at = routes.findIndex((route) => same(route, before));
  if (at < 0) return null;
  return [...routes.slice(0, at), ...(after === null ? [] : [after]), ...routes.slice(at + 1)];
}
