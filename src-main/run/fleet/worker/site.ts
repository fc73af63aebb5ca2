/** Everything of one site: what its sensors sent, in the order of time, and the analysis of it. Can be saved and restored whole. */
import type { IncidentChange } from '../../pipeline/live/tracker.ts';
import type { NamedModel } from '../../pipeline/triage-types.ts';
import { Timeline, type SavedTimeline, type TimelineOptions } from '../merge/timeline.ts';
import { restoreState } from '../state/restore.ts';
import { saveState } from '../state/save.ts';
import { SiteAnalysis, type AnalysisOptions } from './analysis.ts';

/** Incidents of which is known who saw them. */
const SEEN_BY = 20_000;

export type SiteOptions = AnalysisOptions & TimelineOptions;

/** What is written: the numbers of hosts are their places in `addresses`. */
interface Root {
  addresses: Uint32Array | undefined;
  analysis: object;
  timeline: SavedTimeline | undefined;
  counts: SiteCounts;
  seenBy: Map<string, string>;
}

export interface SiteCounts {
  flows: number;
  events: number;
  packets: number;
}

export class Site {
  readonly timeline: Timeline;
  readonly counts: SiteCounts = { flows: 0, events: 0, packets: 0 };
  /** Names of sensors by uid, of the incidents that were told last; as one text, which costs the state least. */
  private readonly seenBy = new Map<string, string>();
  private readonly analysis: SiteAnalysis;
  private readonly options: SiteOptions;

  constructor(options: SiteOptions) {
    this.options = options;
    this.analysis = new SiteAnalysis(options);
    this.timeline = new Timeline(this.analysis.hosts, options);
  }

  /** Newest packet time, seconds; 0 before any. */
  get now(): number {
    return this.analysis.now;
  }

  get model(): NamedModel | undefined {
    return this.analysis.model;
  }

  adopt(model: NamedModel): void {
    this.analysis.adopt(model);
  }

  /** Takes in one stretch of time where there is one; undefined: more has to come first. */
  step(): IncidentChange[] | undefined {
    const next = this.timeline.next();
    if (!next) return undefined;
    const { seen, cards, packets } = next;
    this.counts.flows += seen.flows.count;
    this.counts.events += seen.events.count;
    this.counts.packets += packets;
    this.analysis.sight(cards);
    this.analysis.take(seen);
    return this.analysis.changes();
  }

  /**
   * Names of the sensors that saw these flows of an incident, and of those that saw flows of it before: of an incident that goes on for
   * long the first flows are remembered no more.
   */
  sensorsOf(uid: string, flows: Iterable<number>): string[] {
    const found = new Set([...(this.seenBy.get(uid) ?? '').split(' '), ...this.timeline.sensorsOf(flows)]);
    const seen = this.options.sensors.filter((name) => found.has(name));
    // Written anew: the ones told longest ago go first.
    this.seenBy.delete(uid);
    if (seen.length > 0) this.seenBy.set(uid, seen.join(' '));
    if (this.seenBy.size > SEEN_BY) this.seenBy.delete(this.seenBy.keys().next().value!);
    return seen;
  }

  /** How all of it ends if nothing more comes: told of a copy, since more may come. */
  ending(): IncidentChange[] {
    const copy = Site.restored(this.saved(), { ...this.options, model: this.model });
    copy.analysis.finish();
    return copy.analysis.end();
  }

  private root(addresses?: Uint32Array, timeline?: SavedTimeline): Root {
    return { addresses, analysis: this.analysis.state, timeline, counts: this.counts, seenBy: this.seenBy };
  }

  saved(): Buffer {
    return saveState(this.root(this.analysis.addresses(), this.timeline.saved), this.analysis.outside);
  }

  /** @throws SondeError `wrong-version` */
  static restored(state: Uint8Array, options: SiteOptions): Site {
    const site = new Site(options);
    const root = site.root();
    restoreState(state, root, site.analysis.outside);
    site.analysis.learnAddresses(root.addresses ?? new Uint32Array(0));
    if (root.timeline) site.timeline.restore(root.timeline);
    return site;
  }
}
