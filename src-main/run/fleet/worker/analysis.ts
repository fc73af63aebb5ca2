/**
 * What a single process does behind its meter, for what a whole fleet saw: the same behaviours, scores and incidents over the merged
 * observations (docs/fleet.md). All of it can be saved and gone on with elsewhere.
 */
import type { KnownDevice } from '../../../../src-shared/domain/devices.ts';
import { BEHAVIOURS } from '../../../detect/behaviours/registry.ts';
import { createScorer, type Scorer } from '../../../detect/detectors/triage.ts';
import { DeviceBook } from '../../../detect/devices/book.ts';
import { buildIncidents, rankIncidents, type BuiltIncident } from '../../../detect/incidents/build.ts';
import { lowerExpected } from '../../../detect/incidents/expected-work.ts';
import { Watch } from '../../../detect/incidents/findings.ts';
import { raiseLoud } from '../../../detect/incidents/loud-devices.ts';
import { makeNetworkView } from '../../../detect/incidents/network.ts';
import type { NetworkView, Observations } from '../../../detect/types.ts';
import { Cards } from '../../../meter/enrich/cards.ts';
import { makeFlowBatch } from '../../../meter/flows/types.ts';
import { makeSegmentBatch } from '../../../meter/packets/types.ts';
import { HostTable } from '../../../meter/hosts.ts';
import { explainedBy } from '../../pipeline/explained-by.ts';
import { anomaliesOf, LiveAnomalies } from '../../pipeline/live/anomalies.ts';
import { IncidentTracker, type IncidentChange } from '../../pipeline/live/tracker.ts';
import { LiveTraffic } from '../../pipeline/live/traffic.ts';
import { roleFinder } from '../../pipeline/meaning.ts';
import type { NamedModel } from '../../pipeline/triage-types.ts';
import type { Sighting } from '../merge/combine.ts';
import type { Outside } from '../state/save.ts';

/** Findings beyond which those of incidents that are over are let go, and beyond which any that have been quiet longest are. */
const FINDINGS_OVER = 4000;
const FINDINGS_MAX = 16_000;
/** Incidents are looked at this often, seconds of packet time: where something was found, and in any case. */
const LOOK_S = 1;
const QUIET_LOOK_S = 10;
const WORDS = 4;
/** Time to live of a frame that no router has touched: sensors tell of no others. */
const UNTOUCHED = 64;
/** An incident is over when it was quiet for so long, seconds of packet time. */
const OVER_S = 1800;

export interface AnalysisOptions {
  seed: number;
  model?: NamedModel | undefined;
  networks?: readonly string[] | undefined;
  devices?: readonly KnownDevice[] | undefined;
}

export class SiteAnalysis {
  readonly hosts = new HostTable();
  readonly cards = new Cards(this.hosts);
  private readonly options: AnalysisOptions;
  private readonly network: NetworkView;
  private readonly devices: DeviceBook;
  private readonly watch: Watch;
  private readonly traffic = new LiveTraffic();
  private readonly tracker = new IncidentTracker();
  /** The one that scores. */
  model: NamedModel | undefined;
  private scorer: Scorer | undefined;
  private anomalies: LiveAnomalies | undefined;
  private readonly none = makeFlowBatch(1);
  private readonly time = { now: 0, revision: -1, looked: Number.NEGATIVE_INFINITY };

  /** @throws RangeError for a network that is none. */
  constructor(options: AnalysisOptions) {
    this.options = options;
    const { hosts, cards } = this;
    this.network = makeNetworkView(hosts, options.networks);
    this.devices = new DeviceBook({ hosts, network: this.network, cards });
    this.watch = new Watch(BEHAVIOURS, hosts, this.network, this.devices);
    if (options.model) this.adopt(options.model);
  }

  /** Newest packet time, seconds. */
  get now(): number {
    return this.time.now;
  }

  /** Which cards spoke for which hosts, before what was seen with it is taken. */
  sight(sightings: readonly Sighting[]): void {
    if (sightings.length === 0) return;
    const frames = makeSegmentBatch(sightings.length);
    const { src, srcMac, outer, ttl } = frames.columns;
    for (const [row, { host, mac }] of sightings.entries()) {
      src.set(this.hosts.words.subarray(host * WORDS, (host + 1) * WORDS), row * WORDS);
      [srcMac[row], outer[row], ttl[row]] = [mac, -1, UNTOUCHED];
    }
    frames.count = sightings.length;
    this.cards.frames(frames);
  }

  /** Takes what was seen next, in the order of time. */
  take(seen: Observations): void {
    this.time.now = Math.max(this.time.now, seen.now);
    this.cards.messages(seen.messages);
    this.devices.observe(seen);
    this.watch.observe(seen);
    this.scorer?.observe(seen.events, seen.flows);
    if (seen.flows.count === 0) return;
    this.traffic.add(seen.flows);
    const scores = this.scorer?.score(seen.flows);
    if (scores) this.anomalies?.add(seen.flows, scores, this.time.now);
  }

  /** There is nothing more to come: what behaviours hold back until then is told. */
  finish(): void {
    this.watch.finish();
  }

  /** As they stand. */
  incidents(): BuiltIncident[] {
    const findings = this.watch.findings();
    const named = buildIncidents(findings, this.hosts);
    const bare = this.anomalies?.findings(explainedBy(named)) ?? [];
    const built = bare.length === 0 ? named : buildIncidents([...findings, ...bare], this.hosts);
    const roleOf = roleFinder(this.options.devices ?? [], this.hosts, this.cards.byAddress());
    for (const one of built) if (!lowerExpected(one, roleOf)) raiseLoud(one, this.devices);
    this.traffic.count(built, this.none.columns);
    rankIncidents(built);
    return built;
  }

  /**
   * What there is to tell of incidents since the last look: looks a second of packet time later where something was found, and ten
   * where nothing was (incidents also close). When it looks depends on packets alone: what a look settles is the same everywhere.
   */
  changes(): IncidentChange[] {
    const { time, watch } = this;
    const since = time.now - time.looked;
    const revision = watch.revision + (this.anomalies?.revision ?? 0);
    if (since < LOOK_S || (revision === time.revision && since < QUIET_LOOK_S)) return [];
    if (watch.size > FINDINGS_OVER) watch.forget(FINDINGS_OVER, time.now - OVER_S);
    if (watch.size > FINDINGS_MAX) watch.forget(FINDINGS_MAX * 0.9);
    time.revision = watch.revision + (this.anomalies?.revision ?? 0);
    time.looked = time.now;
    return this.tracker.update(this.incidents(), time.now);
  }

  /** Everything in its final form, with what turned out to be none: after `finish`. */
  end(): IncidentChange[] {
    return this.tracker.finish(this.incidents(), this.time.now);
  }

  /** Scores by another model from now on; what was learned of the flows that run stays. */
  adopt(model: NamedModel): void {
    const { seed } = this.options;
    const scorer = (this.scorer = createScorer({
      model: model.model,
      seed,
      mode: 'causal',
      ...(this.scorer ? { after: this.scorer } : {}),
    }));
    if (this.anomalies) this.anomalies.turn(this.time.now, () => anomaliesOf(scorer));
    else this.anomalies = new LiveAnomalies(() => anomaliesOf(scorer), this.hosts);
    this.model = model;
  }

  /** What makes up its state, for saveState and restoreState. */
  get state(): object {
    const { watch, devices, cards, traffic, tracker, scorer, anomalies, time } = this;
    return { watch, devices, cards, traffic, tracker, scorer, anomalies, time };
  }

  get outside(): Outside {
    const outside = new Map<object, string>([
      [this.hosts, 'hosts'],
      [this.network, 'network'],
    ]);
    return outside;
  }

  /** Addresses by id, four words each, from id 1 on. */
  addresses(): Uint32Array {
    return this.hosts.words.slice(4, (this.hosts.size + 1) * 4);
  }

  /** Into an empty table, before a state is restored. */
  learnAddresses(words: Uint32Array): void {
    for (let at = 0; at + 4 <= words.length; at += 4) this.hosts.intern(words, at);
  }
}
