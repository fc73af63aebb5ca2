/** Which channels an incident goes to. */
import type { AlertHours, AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import { contains, parseAddress, parseNetwork, type Network } from '../../../src-shared/domain/network.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { rankOf } from './make.ts';
import { zonedTime } from './zoned.ts';

const DAY_MINUTES = 1440;
const WEEK = 7;

function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}

/** Whether `at` (milliseconds since 1970) lies in these hours. */
export function isWithin({ days, from, to, timeZone }: AlertHours, at: number): boolean {
  const { day, minute } = zonedTime(at, timeZone);
  const [start, end] = [minuteOf(from), minuteOf(to)];
  if (start < end) return days.includes(day) && minute >= start && minute < end;
  // Over midnight, or the whole day: what comes after midnight belongs to the day before.
  if (minute >= start) return days.includes(day);
  return minute < end % DAY_MINUTES && days.includes(day === 1 ? WEEK : day - 1);
}

function takesPart(networks: readonly Network[], addresses: readonly string[]): boolean {
  return addresses.some((text) => {
    const address = parseAddress(text);
    return address !== null && networks.some((network) => contains(network, address));
  });
}

interface Prepared {
  route: AlertRoute;
  networks: readonly Network[];
}

export interface Routes {
  /** Ids of channels, each once, in the order of the routes. `at`: milliseconds since 1970. */
  channelsFor(incident: Incident, at: number): string[];
}

function fits({ route, networks }: Prepared, incident: Incident, at: number): boolean {
  if (!route.enabled || rankOf(incident.severity) < rankOf(route.severity)) return false;
  if (route.kinds.length > 0 && !route.kinds.includes(incident.kind)) return false;
  if (networks.length > 0) {
    const here = route.side !== 'target' && takesPart(networks, incident.sources);
    if (!here && !(route.side !== 'source' && takesPart(networks, incident.targets))) return false;
  }
  return route.hours === null || isWithin(route.hours, at);
}

/**
 * All routes that fit count. Where there is no route at all, every channel of `all` is sent what is a warning or worse:
 * whoever makes a channel wants to hear of something.
 */
export function makeRoutes(routes: readonly AlertRoute[], all: readonly string[]): Routes {
  const given = routes.length > 0 ? routes : [DEFAULT_ROUTE(all)];
  const prepared = given.map((route): Prepared => {
    return { route, networks: route.hosts.map(parseNetwork).filter((each) => each !== null) };
  });
  const known = new Set(all);
  return {
    channelsFor: (incident, at) => {
      const fitting = prepared.filter((each) => fits(each, incident, at));
      return [...new Set(fitting.flatMap(({ route }) => route.channels))].filter((id) => known.has(id));
    },
  };
}

const DEFAULT_ROUTE = (channels: readonly string[]): AlertRoute => ({
  name: '',
  enabled: true,
  channels: [...channels],
  severity: 'warning',
  kinds: [],
  hosts: [],
  side: 'any',
  hours: null,
});
