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
const AT_ONCE = 256;

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

  /** What is read after `last` may be older than this, and is followed by what is newer: the end is the same. */
  private async table(last: Offset): Promise<void> {
    const { transport, group, keeper } = this.options;
    const bodies = [...(await transport.fields(names.incidents(group))).values()].map((body) => ({ body }));
    const found: ReturnType<typeof read> = { events: [], faults: [] };
    for (let at = 0; at < bodies.length; at += AT_ONCE) {
      const { events, faults } = read(bodies.slice(at, at + AT_ONCE));
      found.events.push(...events);
      found.faults.push(...faults);
      // On the thread that holds a role others have to come in between.
      await turn();
    }
    const events = found.events.sort((a, b) => (a.lastTs < b.lastTs ? -1 : 1)).slice(-INCIDENTS_KEPT);
    const isOpen = ({ state }: LiveIncident): boolean => state !== 'closed';
    if (events.length === 0) await keeper.take([], last);
    for (let at = 0; at < events.length; at += AT_ONCE) {
      // Until all of it is kept, it is begun again.
      const end = at + AT_ONCE >= events.length ? last : keeper.offset;
      await keeper.take(events.slice(at, at + AT_ONCE), end, isOpen);
    }
    this.count(events.length, found.faults);
  }
}

function read(entries: readonly Pick<Entry, 'body'>[]): { events: LiveIncident[]; faults: RecordFault[] } {
  const events: LiveIncident[] = [];
  const faults: RecordFault[] = [];
  for (const { body } of entries) {
    const { incident, fault } = readRecord(body);
    if (incident) events.push(incident);
    else faults.push(fault);
  }
  return { events, faults };
}
