/**
 * Reads what workers tell of incidents, from where it was kept last. Where the server no longer has what came in between (or the
 * database is new) the latest form of each incident is read first: of those only what still goes on is worth an alert.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { compareOffsets, INCIDENTS_KEPT, names } from '../names.ts';
import { BEGINNING, type Entry, type Offset, type Transport } from '../types.ts';
import { readRecord, type RecordFault } from './record.ts';
import type { SiteKeeper } from './site-keeper.ts';

/** Entries that are read at once, and how long new ones are waited for, ms. */
const MOST = 64;
const WAIT_MS = 1000;
/** Incidents of the table that are taken at once. */
const AT_ONCE = 64;
/** Fields of the table that are looked at. */
const LOOKED_AT = 1_000_000;

export interface ResultsOptions {
  transport: Transport;
  group: string;
  keeper: SiteKeeper;
  signal: AbortSignal;
}

export class Results {
  /** Changes that were taken, records that were not by reason, and times that some were missed. */
  taken = 0;
  readonly refused = new Map<RecordFault, number>();
  gaps = 0;
  private readonly options: ResultsOptions;
  private from: Offset | undefined;

  constructor(options: ResultsOptions) {
    this.options = options;
  }

  /**
   * Takes what came next; waits for it a while.
   *
   * @throws SondeError where the server or the database cannot be reached: nothing is lost, it is read again
   */
  async next(): Promise<void> {
    const { transport, group, keeper, signal } = this.options;
    try {
      this.from ??= await this.begin();
      const stream = names.results(group);
      const entries = await transport.read(new Map([[stream, this.from]]), { most: MOST, waitMs: WAIT_MS, signal });
      const last = entries.at(-1);
      if (!last) return;
      const { events, faults } = read(entries);
      await keeper.take(events, last.offset);
      this.count(events.length, faults);
      this.from = last.offset;
    } catch (error) {
      // Whether there is a gap is looked at again.
      this.from = undefined;
      throw error;
    }
  }

  /** Once it is kept: what is read again is not counted again. */
  private count(taken: number, faults: readonly RecordFault[]): void {
    this.taken += taken;
    for (const fault of faults) this.refused.set(fault, (this.refused.get(fault) ?? 0) + 1);
  }

  /** After which entry to read. */
  private async begin(): Promise<Offset> {
    const { transport, group, keeper } = this.options;
    const { offset } = keeper;
    const { length, first, last } = await transport.ends(names.results(group));
    if (length > 0 && compareOffsets(first, offset) <= 0 && compareOffsets(offset, last) <= 0) return offset;
    // Nothing was told yet, or all that was told is kept.
    if (last === offset) return offset;
    if (offset !== BEGINNING) this.gaps++;
    await this.table(last);
    return last;
  }

  /**
   * What is read after `last` may be older than this, and is followed by what is newer: the end is the same. Looked through twice, so that
   * no more than a few are held at once: for which there are, and for those that are taken.
   */
  private async table(last: Offset): Promise<void> {
    const { transport, group, keeper } = this.options;
    const { uids, faults } = await this.latest();
    let taken = 0;
    if (uids.length === 0) await keeper.take([], last);
    for (let at = 0; at < uids.length; at += AT_ONCE) {
      const bodies = await transport.someFields(names.incidents(group), uids.slice(at, at + AT_ONCE));
      const { events } = read(bodies.flatMap((body) => (body ? [{ body }] : [])));
      // Until all of it is kept, it is begun again.
      const end = at + AT_ONCE >= uids.length ? last : keeper.offset;
      await keeper.take(events, end, ({ state }) => state !== 'closed');
      taken += events.length;
      // On the thread that holds a role others have to come in between.
      await turn();
    }
    this.count(taken, faults);
  }

  /** Fields of the table by the last packet of their incident, oldest first: as many as are kept, and why others are none. */
  private async latest(): Promise<{ uids: string[]; faults: RecordFault[] }> {
    const { transport, group } = this.options;
    const times = new Map<string, string>();
    const faults: RecordFault[] = [];
    let seen = 0;
    for await (const [field, body] of transport.eachField(names.incidents(group), LOOKED_AT)) {
      const { incident, fault } = body.length === 0 ? { fault: 'too-large' as const } : readRecord(body);
      if (!incident) faults.push(fault ?? 'no-incident');
      else if (incident.uid === field) times.set(field, incident.lastTs);
      else faults.push('no-incident');
      if (++seen % AT_ONCE === 0) await turn();
      if (times.size > INCIDENTS_KEPT * 2) keepLatest(times);
    }
    keepLatest(times);
    return { uids: [...times.keys()], faults };
  }
}

/** Orders them by time, and lets go of the oldest of too many. */
function keepLatest(times: Map<string, string>): void {
  const sorted = [...times].sort(([, a], [, b]) => (a < b ? -1 : 1)).slice(-INCIDENTS_KEPT);
  times.clear();
  for (const [uid, at] of sorted) times.set(uid, at);
}

function read(entries: readonly Pick<Entry, 'body' | 'tooLarge'>[]): { events: LiveIncident[]; faults: RecordFault[] } {
  const events: LiveIncident[] = [];
  const faults: RecordFault[] = [];
  for (const { body, tooLarge } of entries) {
    const { incident, fault } = readRecord(body);
    if (incident) events.push(incident);
    else faults.push(tooLarge === undefined ? fault : 'too-large');
  }
  return { events, faults };
}
