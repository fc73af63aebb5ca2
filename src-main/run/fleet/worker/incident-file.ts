/**
 * The incidents of a group in a database: all that the server has at the start, and each as it changes, whichever worker told it. An incident
 * is known by its uid, so that writing it again changes nothing but its state: after a crash everything is looked at again. What people
 * decided about it stays.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import type { Store, StoredIncident } from '../../../keep/store/types.ts';
import { names } from '../names.ts';
import type { Offset, Transport } from '../types.ts';
import { incidentRecord, type IncidentRecord } from './incident-record.ts';

const WAIT_MS = 500;
const MOST = 256;
const ATTEMPTS = 3;

type KeptStore = Pick<
  Store,
  | 'captures'
  | 'beginCapture'
  | 'removeCapture'
  | 'setting'
  | 'setSetting'
  | 'swapSetting'
  | 'addIncidents'
  | 'keepIncidents'
  | 'applySuppressions'
>;

export interface IncidentFileOptions {
  transport: Transport;
  group: string;
  store: KeptStore;
  /** Told once each time that the database cannot be written; it is tried again. */
  onFailure: (error: unknown) => void;
}

export class IncidentFile {
  /** Id of the capture in the database. */
  readonly capture: number;
  /** Records that were none. */
  refused = 0;
  private readonly options: IncidentFileOptions;
  private readonly known = new Set<string>();
  private readonly stop = new AbortController();
  private readonly running: Promise<void>;
  private hasFailed = false;

  private constructor(options: IncidentFileOptions, capture: number) {
    this.options = options;
    this.capture = capture;
    this.running = this.run();
  }

  /** Every group has one capture in a database, from its first worker on. @throws SondeError */
  static async open(options: IncidentFileOptions): Promise<IncidentFile> {
    return new IncidentFile(options, await captureOf(options));
  }

  /** Waits until all that was told stands in the database. @throws SondeError when it cannot be written. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
    await this.all();
  }

  private async run(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        let from = await this.all();
        this.hasFailed = false;
        while (!signal.aborted) from = await this.more(from, signal);
      } catch (error) {
        this.failed(error);
        await wait(WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Of the server others tell. */
  private failed(error: unknown): void {
    if (error instanceof SondeError && error.code === 'connection-lost') return;
    if (!this.hasFailed) this.options.onFailure(error);
    this.hasFailed = true;
  }

  /** Everything as it is now; up to where changes are known by it. */
  private async all(): Promise<Offset> {
    const { transport, group } = this.options;
    const { last } = await transport.ends(names.results(group));
    const fields = await transport.fields(names.incidents(group));
    this.known.clear();
    await this.write([...fields.values()], true);
    return last;
  }

  /** What changed since; waits a moment for it. */
  private async more(from: Offset, signal: AbortSignal): Promise<Offset> {
    const stream = names.results(this.options.group);
    const entries = await this.options.transport.read(new Map([[stream, from]]), {
      most: MOST,
      waitMs: WAIT_MS,
      signal,
    });
    if (entries.length > 0)
      await this.write(
        entries.map(({ body }) => body),
        false,
      );
    return entries.at(-1)?.offset ?? from;
  }

  private async write(bodies: readonly Uint8Array[], isAll: boolean): Promise<void> {
    const records = bodies.map(incidentRecord);
    this.refused += records.filter((record) => record === undefined).length;
    const latest = new Map(records.filter((one): one is IncidentRecord => one !== undefined).map((r) => [r.uid, r]));
    let isLess = isAll;
    const stored: StoredIncident[] = [];
    for (const { uid, incident } of latest.values()) {
      if (incident) {
        stored.push({ incident });
        this.known.add(uid);
      } else isLess = this.known.delete(uid) || isLess;
    }
    const { store } = this.options;
    if (stored.length > 0) await store.addIncidents(this.capture, stored);
    if (isLess) await store.keepIncidents(this.capture, [...this.known]);
    if (stored.length > 0) await store.applySuppressions(Date.now(), this.capture);
  }
}

async function captureOf({ store, group }: IncidentFileOptions): Promise<number> {
  const key = `fleet.capture.${group}`;
  for (let attempt = 0; ; attempt++) {
    const known = await store.setting(key);
    const rows = await store.captures();
    if (rows.some(({ id }) => id === known)) return known as number;
    const capture = { name: `Fleet ${group}`, importedAt: Date.now(), program: `sonde ${VERSION}` };
    const made = await store.beginCapture(capture);
    if (await store.swapSetting(key, known, made)) return made;
    // Another worker was faster; or what stands there is not what anybody would write.
    if (attempt < ATTEMPTS) await store.removeCapture(made);
    else {
      await store.setSetting(key, made);
      return made;
    }
  }
}
