/**
 * A site's incidents in a database: one capture a group of workers, which stays from start to start, and the place in the
 * stream of results up to where all of it is kept. An incident is known by its uid, and the latest form counts: taking the same
 * twice changes nothing.
 */
import { formatTime, parseTime } from '../../../../src-shared/domain/time.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import type { Store, StoredIncident } from '../../../keep/store/types.ts';
import { BEGINNING, type Offset } from '../types.ts';
import { placeIn, placeKey, type Place } from './place.ts';

/** Of the input that stands for the fleet: it holds no packets. */
export const FLEET_FORMAT = 'fleet';

const ATTEMPTS = 3;
/** Figures of the capture are written this often, ms. */
const FIGURES_MS = 30_000;

export interface SiteKeeperOptions {
  store: Pick<
    Store,
    | 'setting'
    | 'setSetting'
    | 'captures'
    | 'swapSetting'
    | 'beginCapture'
    | 'finishCapture'
    | 'removeCapture'
    | 'addIncidents'
    | 'dropIncidents'
    | 'applySuppressions'
  >;
  group: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** An incident opened, grew or closed; `begun`: when the capture did, ms since 1970. */
  onIncident(event: LiveIncident, capture: number, begun: number): void;
  /** Those of these uids are in the database, and judged by the suppressions. */
  onStored(capture: number, uids: readonly string[]): void;
  /** The capture came to be, or its figures changed. */
  onCapture(): void;
}

/** What the workers counted of a site. */
export interface SiteFigures {
  packets: number;
  flows: number;
  /** Packet time, seconds; 0: none yet. */
  now: number;
}

export class SiteKeeper {
  private readonly options: SiteKeeperOptions;
  private place: Place | undefined;
  private counted = Number.NEGATIVE_INFINITY;
  private figures: SiteFigures = { packets: 0, flows: 0, now: 0 };

  constructor(options: SiteKeeperOptions) {
    this.options = options;
  }

  /** Its number; null before it was begun. */
  get capture(): number | null {
    return this.place?.capture ?? null;
  }

  /** Up to where results are kept; `BEGINNING` where nothing is. */
  get offset(): Offset {
    return this.place?.offset ?? BEGINNING;
  }

  private get key(): string {
    return placeKey(this.options.group);
  }

  /** Finds the capture of an earlier start, or begins one; to be called wherever `capture` is null. */
  async begin(attempt = 1): Promise<void> {
    const { store, group, now } = this.options;
    const known = await store.setting(this.key);
    const kept = placeIn(known);
    const there = kept && (await store.captures()).some(({ id }) => id === kept.capture);
    if (there) {
      this.place = kept;
      return;
    }
    const begun = now();
    const capture = await store.beginCapture({
      name: `Fleet ${group}`,
      importedAt: begun,
      program: `sonde ${VERSION}`,
    });
    const place = { capture, begun, offset: BEGINNING };
    if (!(await store.swapSetting(this.key, known, place))) {
      // Another process keeps the same group here, and was faster; or what stands there is not what anybody would write.
      if (attempt < ATTEMPTS) {
        await store.removeCapture(capture);
        return this.begin(attempt + 1);
      }
      await store.setSetting(this.key, place);
    }
    this.place = place;
    await this.describe();
  }

  /**
   * Keeps what was told, up to `offset`. `alerting`: of which it is told on; the others are history.
   *
   * @throws SondeError when the database cannot be written; nothing of it counts as kept then
   */
  async take(
    events: readonly LiveIncident[],
    offset: Offset,
    alerting: (event: LiveIncident) => boolean = () => true,
  ): Promise<void> {
    const { store, now, onIncident, onStored } = this.options;
    const { place } = this;
    if (!place) return;
    const latest = new Map(events.map((event) => [event.uid, event]));
    const stored: StoredIncident[] = [];
    const dropped: string[] = [];
    for (const event of latest.values()) {
      if (event.withdrawn) dropped.push(event.uid);
      else stored.push({ incident: plainIncident(event) });
    }
    try {
      if (stored.length > 0) await store.addIncidents(place.capture, stored);
      if (dropped.length > 0) await store.dropIncidents(place.capture, dropped);
      if (latest.size > 0) await store.applySuppressions(now(), place.capture);
    } catch (error) {
      // Somebody may have removed the capture: it is looked for again.
      this.place = undefined;
      throw error;
    }
    for (const event of latest.values()) if (alerting(event)) onIncident(event, place.capture, place.begun);
    if (latest.size > 0) onStored(place.capture, [...latest.keys()]);
    // Last: what was told is told once, and what was not is taken again.
    const next = { ...place, offset, ...earliest(place.first, stored) };
    await store.setSetting(this.key, next);
    this.place = next;
    if (next.first !== place.first && this.figures.now > 0) await this.describe();
  }

  /** Whether it is time again for the capture's figures. */
  get isDue(): boolean {
    return this.place !== undefined && performance.now() - this.counted >= FIGURES_MS;
  }

  /** Brings the capture's figures up to what the workers counted. */
  async count(figures: SiteFigures): Promise<void> {
    this.counted = performance.now();
    const before = this.figures;
    if (!this.place || figures.now === 0) return;
    if (figures.now === before.now && figures.packets === before.packets && figures.flows === before.flows) return;
    this.figures = figures;
    if (this.place.first === undefined) {
      this.place = { ...this.place, first: figures.now };
      await this.options.store.setSetting(this.key, this.place);
    }
    await this.describe();
  }

  private async describe(): Promise<void> {
    const { store, group, onCapture } = this.options;
    const { place, figures } = this;
    if (!place) return;
    const { packets, flows, now } = figures;
    const at = (seconds: number | undefined): string | null =>
      seconds === undefined ? null : formatTime(Math.floor(seconds), 0);
    const input = {
      path: `fleet ${group}`,
      sha256: '',
      format: FLEET_FORMAT,
      linkTypes: [],
      packets,
      bytes: 0,
      firstTs: at(place.first),
      lastTs: now === 0 ? null : at(now),
      warnings: [],
    };
    const report = { flows: { count: flows, anomalous: 0, cutShort: 0 }, hostsTotal: 0 };
    await store.finishCapture(place.capture, { status: 'complete', inputs: [input], report });
    onCapture();
  }
}

/** Packet time of what is known to be first. */
function earliest(known: number | undefined, stored: readonly StoredIncident[]): { first?: number } {
  const times = stored.map(({ incident }) => parseTime(incident.firstTs).sec).filter(Number.isFinite);
  const first = times.reduce((least, sec) => Math.min(least, sec), known ?? Infinity);
  return first === Infinity ? {} : { first };
}

/** Without what is only of the event. */
function plainIncident(event: LiveIncident): Incident {
  const { event: _event, state: _state, latencyMs: _latency, withdrawn: _withdrawn, ...incident } = event;
  return incident;
}
