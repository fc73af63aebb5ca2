/** What the live view knows, brought up to date by one event at a time. */
import {
  LIVE_INCIDENTS,
  LIVE_NOTICES,
  LIVE_SECONDS,
  type LiveDeskEvent,
  type LiveIncidentShown,
  type LiveNoticeShown,
  type LivePoint,
  type LiveSession,
  type LiveTickShown,
} from '../../../src-shared/contract/topics/live.ts';

/** Hosts whose bytes are remembered. */
const HOSTS = 160;

export interface HeatRow {
  readonly address: string;
  /** A value a point, oldest first. */
  readonly values: readonly number[];
  readonly sum: number;
}

export interface LiveState {
  readonly session: LiveSession | null;
  readonly points: readonly LivePoint[];
  readonly tick: LiveTickShown | null;
  readonly heat: ReadonlyMap<string, HeatRow>;
  /** Newest first. */
  readonly incidents: readonly LiveIncidentShown[];
  /** Newest first. */
  readonly notices: readonly LiveNoticeShown[];
  /** When the last figures came, by this page's clock, ms; NaN: none yet. */
  readonly heardAt: number;
}

export const EMPTY: LiveState = {
  session: null,
  points: [],
  tick: null,
  heat: new Map(),
  incidents: [],
  notices: [],
  heardAt: NaN,
};

const newestFirst = (a: LiveIncidentShown, b: LiveIncidentShown): number => b.openedAt - a.openedAt;

/** `now`: by this page's clock, ms. */
export function next(state: LiveState, event: LiveDeskEvent, now: number): LiveState {
  switch (event.type) {
    case 'snapshot':
      return {
        session: event.session,
        points: event.points,
        tick: event.tick,
        heat: new Map(event.heat.map((row) => [row.address, { ...row, sum: sumOf(row.values) }])),
        incidents: [...event.incidents].filter(({ withdrawn }) => !withdrawn).sort(newestFirst),
        notices: [...event.notices].reverse(),
        heardAt: now,
      };
    case 'session':
      return { ...state, session: event.session };
    case 'tick':
      return event.session === state.session?.session ? withTick(state, event, now) : state;
    case 'incident':
      return event.session === state.session?.session ? withIncident(state, event.incident) : state;
    case 'notice':
      return event.session === state.session?.session
        ? { ...state, notices: [event.notice, ...state.notices].slice(0, LIVE_NOTICES) }
        : state;
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function withTick(state: LiveState, event: Extract<LiveDeskEvent, { type: 'tick' }>, now: number): LiveState {
  const points = [...state.points, event.point].slice(-LIVE_SECONDS);
  return { ...state, points, tick: event.tick, heat: moved(state.heat, event.heat, points.length), heardAt: now };
}

/** Every row a second on; what is least goes where there are too many. */
function moved(
  heat: LiveState['heat'],
  told: readonly (readonly [string, number])[],
  length: number,
): LiveState['heat'] {
  const latest = new Map(told);
  const rows: HeatRow[] = [];
  for (const [address, row] of heat) rows.push(appended(address, row.values, latest.get(address) ?? 0, length));
  for (const [address, bytes] of latest) if (!heat.has(address)) rows.push(appended(address, [], bytes, length));
  const kept = rows.filter(({ sum }) => sum > 0);
  if (kept.length > HOSTS) kept.sort((a, b) => b.sum - a.sum).length = HOSTS;
  return new Map(kept.map((row) => [row.address, row]));
}

function appended(address: string, values: readonly number[], value: number, length: number): HeatRow {
  const all = [...values, value].slice(-length);
  const missing = length - all.length;
  const filled = missing > 0 ? [...new Array<number>(missing).fill(0), ...all] : all;
  return { address, values: filled, sum: sumOf(filled) };
}

function withIncident(state: LiveState, told: LiveIncidentShown): LiveState {
  const { uid } = told.incident;
  const at = state.incidents.findIndex(({ incident }) => incident.uid === uid);
  if (told.withdrawn) return { ...state, incidents: state.incidents.filter((_, i) => i !== at) };
  const incidents = at < 0 ? [told, ...state.incidents] : state.incidents.map((each, i) => (i === at ? told : each));
  return { ...state, incidents: incidents.slice(0, LIVE_INCIDENTS) };
}

/** Figures older than this are said to be, ms. */
export const STALE_MS = 2000;

export function isRunning(session: LiveSession | null): boolean {
  return session?.state === 'running' || session?.state === 'starting' || session?.state === 'stopping';
}

/** Hosts of the heat map in an order that changes only where it must: `before` keeps its places while it is among the most. */
export function heatOrder(heat: LiveState['heat'], before: readonly string[], most: number): string[] {
  const top = [...heat.values()].sort((a, b) => b.sum - a.sum || (a.address < b.address ? -1 : 1)).slice(0, most);
  const wanted = new Set(top.map(({ address }) => address));
  const stay = before.filter((address) => wanted.has(address));
  const known = new Set(stay);
  return [...stay, ...top.map(({ address }) => address).filter((address) => !known.has(address))];
}
