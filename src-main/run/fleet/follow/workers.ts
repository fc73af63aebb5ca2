/** How the workers of a group do: who has the role, who stands by, and how far the analysis is. */
import type { FleetWorker, WorkerState } from '../../../../src-shared/contract/topics/fleet.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { isName, names } from '../names.ts';
import type { Transport } from '../types.ts';
import type { WorkerHealth } from '../worker/health.ts';
import { hear, isFresh, type Heard } from './heard.ts';
import type { Analysed } from './sensors.ts';
import type { SiteFigures } from './site-keeper.ts';
import { readWorker } from './worker-record.ts';

/** Workers that are shown, the latest; one that was not heard for so long, ms, is none any more. */
const SHOWN = 64;
const GONE_MS = 86_400_000;

const ORDER: readonly WorkerState[] = ['works', 'stands-by', 'silent'];

export class Workers {
  /** Records that were no worker's. */
  refused = 0;
  private readonly group: string;
  private known = new Map<string, Heard<WorkerHealth>>();
  /** Null: nobody has the role; undefined: we may not know. */
  private holder: string | null | undefined;

  constructor(group: string) {
    this.group = group;
  }

  /** @throws SondeError `connection-lost` */
  async look(transport: Pick<Transport, 'fields' | 'holderOf'>, now: number): Promise<void> {
    const [fields, holder] = await Promise.all([
      transport.fields(names.workers(this.group)),
      transport.holderOf(names.correlatorRole(this.group)).catch(unknownHolder),
    ]);
    this.holder = holder;
    const known = new Map<string, Heard<WorkerHealth>>();
    let refused = 0;
    for (const [name, body] of fields) {
      // What says that all is told is no worker.
      if (!isName(name)) continue;
      const health = readWorker(name, body);
      if (!health) refused++;
      else known.set(name, hear(this.known.get(name), health, health.at, now));
    }
    this.refused = refused;
    const latest = [...known]
      .filter(([, { heard }]) => now - heard < GONE_MS)
      .sort(([, a], [, b]) => b.heard - a.heard);
    this.known = new Map(latest.slice(0, SHOWN));
  }

  private stateOf(name: string, one: Heard<WorkerHealth>, now: number): WorkerState {
    if (!isFresh(one, now)) return 'silent';
    const works = this.holder === undefined ? one.said.standby !== true : this.holder === name;
    return works ? 'works' : 'stands-by';
  }

  /** Of the worker that has the role, or had it last; undefined where none was heard. */
  private leading(): Heard<WorkerHealth> | undefined {
    const all = [...this.known.values()].filter(({ said }) => said.standby !== true);
    const held = this.holder === undefined || this.holder === null ? undefined : this.known.get(this.holder);
    return held && held.said.standby !== true ? held : all[0];
  }

  analysed(now: number): Analysed | undefined {
    const leading = this.leading();
    if (!leading) return undefined;
    const { said } = leading;
    const standings = new Map(said.sensors.map((each) => [each.name, each]));
    return { upTo: upTo(said), standings, isFresh: isFresh(leading, now) };
  }

  figures(): SiteFigures {
    const leading = this.leading()?.said;
    const { packets, flows } = leading?.counts ?? { packets: 0, flows: 0 };
    return { packets, flows, now: leading?.now ?? 0 };
  }

  /** `replaying`: sensors that read files; where all do, what they tell is not behind any clock. */
  states(now: number, replaying: ReadonlySet<string> = new Set()): FleetWorker[] {
    const role = names.correlatorRole(this.group);
    const all = [...this.known].map(([name, one]): FleetWorker => {
      const { version, model, counts, refused } = one.said;
      const state = this.stateOf(name, one, now);
      const lease = state === 'works' ? role : null;
      const { flows, packets } = counts;
      return {
        name,
        state,
        version,
        heard: one.heard,
        lease,
        model,
        lag: lagOf(one.said, replaying),
        flows,
        packets,
        refused,
      };
    });
    return all.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.heard - a.heard);
  }
}

/** Rights of a desk that are older than this do not tell. */
function unknownHolder(error: unknown): undefined {
  if (error instanceof SondeError && error.code === 'not-permitted') return undefined;
  throw error;
}

/** Packet time, seconds, up to which the sensors that it waits for have sent. */
function sent({ sensors }: WorkerHealth): number[] {
  return sensors.flatMap(({ until, behind }) =>
    until === null || until === 0 || behind ? [] : [until / CELLS_PER_SECOND],
  );
}

/**
 * Packet time up to which all is analysed, seconds; 0: nothing is. Where nothing waits that is as far as all sensors have sent, also
 * on links without packets.
 */
function upTo(health: WorkerHealth): number {
  const { now, sensors } = health;
  const times = sent(health);
  if (now === 0 || times.length === 0 || sensors.some(({ waiting }) => waiting > 0)) return now;
  return Math.max(now, Math.min(...times));
}

/** Behind what the sensors that still send have sent. */
function lagOf(health: WorkerHealth, replaying: ReadonlySet<string>): FleetWorker['lag'] {
  const [times, done] = [sent(health), upTo(health)];
  if (health.standby || done === 0 || times.length === 0) return { packets: null, wall: null };
  const isReplay = health.sensors.every(({ name }) => replaying.has(name));
  return {
    packets: Math.max(0, Math.max(...times) - done),
    wall: isReplay ? null : Math.max(0, health.at / 1000 - done),
  };
}
