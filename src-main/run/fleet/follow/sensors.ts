/** How the sensors of a fleet do: what each says of itself, signed, and what the worker says of it. */
import type { KeyObject } from 'node:crypto';
import type { FleetSensor, SensorState } from '../../../../src-shared/contract/topics/fleet.ts';
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import type { SensorStanding } from '../merge/timeline.ts';
import { names } from '../names.ts';
import type { SensorHealth, Transport } from '../types.ts';
import { HEALTH_MAX, openHealth } from '../wire/health.ts';
import { WireError } from '../wire/error.ts';
import { hear, isFresh, type Heard } from './heard.ts';

/** What a sensor says goes by itself after so long, ms. */
const KEPT_MS = 60_000;
/** A loss is shown for so long after it was seen last, ms. */
const LOSS_MS = 30_000;
/** Of a capture that is read, seconds: what lies further apart is of another time, and not behind. */
const REPLAY_S = 86_400;

/** Of the worker that has the role. */
export interface Analysed {
  /** Packet time up to which all was analysed, seconds; 0: nothing was. */
  upTo: number;
  standings: ReadonlyMap<string, SensorStanding>;
  /** Whether the worker was heard of late. */
  isFresh: boolean;
}

interface Known {
  heard: Heard<SensorHealth> | undefined;
  isRefused: boolean;
  /** When a loss grew last, ms since 1970. */
  lostAt: number;
}

export class Sensors {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly known: Map<string, Known>;

  constructor(keys: ReadonlyMap<string, KeyObject>) {
    this.keys = keys;
    this.known = new Map(
      [...keys.keys()].map((name) => [name, { heard: undefined, isRefused: false, lostAt: Number.NEGATIVE_INFINITY }]),
    );
  }

  /** @throws SondeError `connection-lost` */
  async look(transport: Pick<Transport, 'get'>, now: number): Promise<void> {
    await Promise.all(
      [...this.known].map(async ([name, known]) => {
        const sealed = await transport.get(names.health(name), HEALTH_MAX);
        if (sealed) this.take(name, known, sealed, now);
        else known.isRefused = false;
      }),
    );
  }

  private take(name: string, known: Known, sealed: Uint8Array, now: number): void {
    const health = opened(sealed, name, this.keys);
    known.isRefused = health === undefined;
    if (!health) return;
    const { heard } = known;
    known.heard = hear(heard, health, health.at, now, KEPT_MS);
    if (known.heard !== heard && lossOf(health) > lossOf(known.heard.before ?? health)) known.lostAt = now;
  }

  /** Whether it said last that it hands out packets; undefined where it was never heard. */
  isHandingOut(name: string): boolean | undefined {
    return this.known.get(name)?.heard?.said.packetsAllowed;
  }

  /** Names of those that read files. */
  replaying(): ReadonlySet<string> {
    return new Set([...this.known].flatMap(([name, { heard }]) => (heard?.said.replay ? [name] : [])));
  }

  states(analysed: Analysed | undefined, now: number): FleetSensor[] {
    return [...this.known].map(([name, known]) => {
      const standing = analysed?.standings.get(name);
      // What a worker said before it fell silent is older than what the sensor says now.
      const isOld = analysed?.isFresh === false && known.heard !== undefined && isFresh(known.heard, now);
      const state = stateOf(known, isOld ? undefined : standing, now);
      const health = known.heard?.said;
      return {
        name,
        state,
        heard: known.heard?.heard ?? null,
        lag: lagOf(state, health, analysed),
        health: known.heard ? shown(known.heard) : null,
        standing: standing ? shownStanding(standing) : null,
      };
    });
  }
}

/** Undefined for what was not signed by its key, or is none. */
function opened(sealed: Uint8Array, name: string, keys: ReadonlyMap<string, KeyObject>): SensorHealth | undefined {
  try {
    const health = openHealth(sealed, (asked) => keys.get(asked));
    // What another sensor has signed counts for that one.
    return health.sensor === name ? health : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

const lossOf = ({ dropped, spool }: SensorHealth): number => (dropped ?? 0) + spool.lostFlows + spool.lostBatches;

export function stateOf(
  { heard, isRefused, lostAt }: Known,
  standing: SensorStanding | undefined,
  now: number,
): SensorState {
  if (isRefused) return 'refused';
  if (standing?.ended) return 'ended';
  if (!heard || !isFresh(heard, now)) return heard || (standing && standing.batches > 0) ? 'silent' : 'unheard';
  if (standing?.behind) return 'behind';
  return now - lostAt < LOSS_MS ? 'losing' : 'well';
}

function lagOf(
  state: SensorState,
  health: SensorHealth | undefined,
  analysed: Analysed | undefined,
): FleetSensor['lag'] {
  if (!health || health.until === 0 || state === 'ended') return { packets: null, wall: null };
  const until = health.until / CELLS_PER_SECOND;
  const packets = analysed && analysed.upTo > 0 ? Math.max(0, until - analysed.upTo) : null;
  if (health.replay) return { packets: packets !== null && packets > REPLAY_S ? null : packets, wall: null };
  return { packets, wall: Math.max(0, health.at / 1000 - until) };
}

function shown({ said, before, at }: Heard<SensorHealth>): NonNullable<FleetSensor['health']> {
  const { version, interface: link, packets, packetsPerSecond, bitsPerSecond, flows, dropped, spool } = said;
  const requests = said.packetRequests ?? { answered: 0, refused: {} };
  const seconds = before && before.run === said.run ? (at - before.at) / 1000 : 0;
  const grown = flows - (before?.flows ?? flows);
  const flowsPerSecond = seconds > 0 && grown >= 0 ? Math.round(grown / seconds) : null;
  return {
    version,
    interface: link,
    replay: said.replay === true,
    packets,
    packetsPerSecond,
    bitsPerSecond,
    flows,
    flowsPerSecond,
    dropped,
    spool,
    handsOut: said.packetsAllowed ? requests : null,
  };
}

function shownStanding(standing: SensorStanding): NonNullable<FleetSensor['standing']> {
  const { missing, lost, late, repeats, waiting } = standing;
  return { missing, lost, late, repeats, waiting };
}
