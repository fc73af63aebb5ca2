/**
 * Keeps the table of incidents from growing for ever: of more than a desk would take (follow/results.ts) those go that have been
 * quiet longest. So what a desk that was away finds there is what it would find if nothing had gone.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { INCIDENTS_KEPT, names } from '../names.ts';
import type { Lease, Transport } from '../types.ts';

/** How many more there may be before some go: all are read for that. */
const SLACK = 0.1;
/** It is counted this often, ms. */
const LOOK_MS = 60_000;
/** Looked through, and removed, at once. */
const AT_ONCE = 1000;
/** Fields that are looked at; of more the rest is looked at once these are fewer. */
const MOST = 1_000_000;
/** Characters of a time that are compared. */
const LAST_MAX = 40;

export interface TableOptions {
  transport: Pick<Transport, 'fieldCount' | 'eachField' | 'commit'>;
  group: string;
  lease: Lease;
  /** Incidents that stay (for tests). */
  kept?: number;
}

export class IncidentTable {
  private readonly options: TableOptions;
  private looked = Number.NEGATIVE_INFINITY;

  constructor(options: TableOptions) {
    this.options = options;
  }

  /** Whether it is time to count again. */
  get isDue(): boolean {
    return performance.now() - this.looked >= LOOK_MS;
  }

  /**
   * Removes what is too much; how many. To be called by who writes the table: nobody else may change it meanwhile.
   *
   * @throws SondeError
   */
  async trim(): Promise<number> {
    this.looked = performance.now();
    const { transport, group, lease, kept = INCIDENTS_KEPT } = this.options;
    const table = names.incidents(group);
    if ((await transport.fieldCount(table)) <= kept * (1 + SLACK)) return 0;
    const found = new Map<string, string>();
    for await (const [uid, body] of transport.eachField(table, MOST)) {
      found.set(uid, lastOf(body));
      // Whoever renews the role gets a turn.
      if (found.size % AT_ONCE === 0) await turn();
    }
    const times = [...found].map(([uid, last]) => ({ uid, last }));
    times.sort((a, b) => (a.last < b.last ? -1 : a.last > b.last ? 1 : 0));
    const over = times.slice(0, Math.max(0, times.length - kept));
    for (let at = 0; at < over.length; at += AT_ONCE) {
      const fields = over.slice(at, at + AT_ONCE).map(({ uid }) => ({ table, field: uid, body: undefined }));
      // Who has the role by now does it.
      if (!(await transport.commit(lease, { offsets: new Map(), fields }))) return at;
    }
    return over.length;
  }
}

/** Packet time of the last of it; '' (the earliest) for what is no incident. */
function lastOf(body: Uint8Array): string {
  try {
    const { lastTs } = JSON.parse(Buffer.from(body).toString('utf8')) as { lastTs?: unknown };
    return typeof lastTs === 'string' ? lastTs.slice(0, LAST_MAX) : '';
  } catch {
    return '';
  }
}
