/** From saved captures to a report: packets → flows → findings and scores → incidents. */
import { DEFAULT_BUDGET } from '../../../src-shared/domain/environment.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { BEHAVIOURS, RECORD_BEHAVIOURS } from '../../detect/behaviours/registry.ts';
import { anomalyFindings, createAnomalyCollector } from '../../detect/detectors/anomalies.ts';
import { createScorer, MINIMUM_FLOWS, type FlowScores, type Scorer } from '../../detect/detectors/triage.ts';
import { LabAlarms } from '../../detect/lab/lab-alarms.ts';
import type { ExtendedScores, PromotedModel, PromotedModels } from '../../detect/lab/promoted.ts';
import { DeviceBook } from '../../detect/devices/book.ts';
import { spendBudget } from '../../detect/incidents/budget.ts';
import type { HostUsual } from '../../detect/features/host-usual.ts';
import { buildIncidents, rankIncidents, type BuiltIncident } from '../../detect/incidents/build.ts';
import { lowerExpected, type RoleOf } from '../../detect/incidents/expected-work.ts';
import { Watch } from '../../detect/incidents/findings.ts';
import { HostStats, rankedHosts } from '../../detect/incidents/hosts.ts';
import { raiseLoud } from '../../detect/incidents/loud-devices.ts';
import { makeNetworkView } from '../../detect/incidents/network.ts';
import { profileOf, type Profile } from '../../detect/incidents/profile.ts';
import { RoleCensus } from '../../detect/roles/census.ts';
import type { ConfirmedOf } from '../../detect/roles/confirmed.ts';
import type { SignatureEngine } from '../../detect/signatures/engine/contract.ts';
import type { SigmaMatch } from '../../detect/signatures/sigma/match.ts';
import type { NetworkView, Observations } from '../../detect/types.ts';
import { makeFlowEventBatch, type FlowBatch } from '../../meter/flows/types.ts';
import type { HostDevice } from '../../../src-shared/domain/device-kinds.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { InputSummary } from '../../meter/packets/types.ts';
import { countTraffic, explainIncidents, indexFlows, type IncidentsByFlow } from './explain.ts';
import { FlowLog } from './flow-log.ts';
import { confirmedFinder, roleFinder, secondsOf } from './meaning.ts';
import { alarmsOf, anomaliesOf, LiveAnomalies } from './live/anomalies.ts';
import { PacketDetectors } from './packet-detectors.ts';
import { PARALLEL_FROM, scoreInParallel } from './parallel-scoring.ts';
import { PlacesOfRun } from './places.ts';
import { makeReport } from './report.ts';
import { rolesOfRun } from './roles.ts';
import { divideHeard } from './silence.ts';
import { openAny, type Source } from './source.ts';
import { explainedBy, outOfTheOrdinary } from './explained-by.ts';
import type { Analysis, NamedModel, TriageOptions, TriageResult } from './triage-types.ts';

/** Progress is told this often, ms. */
const PROGRESS_MS = 100;

const NO_EVENTS = makeFlowEventBatch(1);

/** The scorer writes into the same arrays again. */
function copyScores(scores: FlowScores): FlowScores {
  const { count } = scores;
  return {
    count,
    score: scores.score.slice(0, count),
    surprise: scores.surprise.slice(0, count),
    anomalous: scores.anomalous.slice(0, count),
    detectors: scores.detectors,
    perDetector: scores.perDetector.map((one) => one.slice(0, count)),
  };
}

interface Outcome extends Pick<TriageResult, 'report' | 'incidents' | 'cards'> {
  byFlow: IncidentsByFlow;
  inputs: readonly InputSummary[];
  roleOf: RoleOf;
}

class TriageRun implements Analysis {
  private readonly options: TriageOptions;
  private readonly source: Source;
  private readonly network: NetworkView;
  private readonly deviceBook: DeviceBook;
  private readonly census: RoleCensus;
  private readonly watch: Watch;
  private readonly log: FlowLog;
  private readonly stats = new HostStats();
  private scorer: Scorer | undefined;
  private model: NamedModel | undefined;
  private context = true;
  private anomalies: LiveAnomalies | undefined;
  private promoted: PromotedModels | undefined;
  private labAlarms: LiveAnomalies<ExtendedScores> | undefined;
  private readonly packetDetectors: PacketDetectors | undefined;
  private readonly signatures: SignatureEngine | undefined;
  private readonly sigma: SigmaMatch | undefined;
  private readonly places: PlacesOfRun | undefined;
  /** Scores of the log's chunks, in its order: 4 bytes a flow and detector. */
  private readonly scored: FlowScores[] = [];
  private packets = 0;
  /** Packet time, seconds. */
  private now = 0;
  private readonly started = performance.now();

  constructor(options: TriageOptions, source: Source) {
    this.options = options;
    this.source = source;
    this.log = new FlowLog(options.flowLimit);
    const { hosts } = source.meter;
    if (options.packetDetectors?.length && !source.packetless) {
      const { seed, learnPackets } = options;
      const learning = { seed, ...(learnPackets === undefined ? {} : { learnFrom: learnPackets }) };
      this.packetDetectors = new PacketDetectors(options.packetDetectors, learning, hosts);
    }
    source.tap(
      (packets) => {
        this.packetDetectors?.observe(packets, source.meter.segments);
        options.onPackets?.(packets);
      },
      async () => this.packetDetectors?.learn(),
    );
    // Live, what a rule tells is not to wait for a thread.
    const size = { threads: options.causal ? 1 : options.threads, bytes: source.progress().total };
    const engine = (this.signatures = source.packetless ? undefined : options.signatures?.(hosts, size));
    if (engine) source.meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
    this.network = makeNetworkView(source.meter.hosts, options.networks);
    this.places = options.places && new PlacesOfRun(options.places, hosts, this.network, options.placeNote);
    this.deviceBook = new DeviceBook({ hosts, network: this.network, cards: source.meter.cards });
    this.census = new RoleCensus({ hosts, network: this.network, networks: options.networks });
    const { intel } = options;
    const known = source.packetless ? RECORD_BEHAVIOURS : BEHAVIOURS;
    const sigma = (this.sigma = options.sigma?.behaviour());
    const behaviours = [...known, ...(intel ? [() => intel.behaviour()] : []), ...(sigma ? [() => sigma] : [])];
    this.watch = new Watch(behaviours, hosts, this.network, this.deviceBook);
    const mode = options.causal ? 'causal' : 'offline';
    // Most of what a model goes by is in packets only; zeros in its place would be a lie.
    this.model = source.packetless ? undefined : options.model;
    this.scorer = this.model && createScorer({ model: this.model.model, seed: options.seed, mode });
    const { scorer } = this;
    if (scorer && options.liveAnomalies) this.anomalies = new LiveAnomalies(() => anomaliesOf(scorer), hosts);
  }

  get inspectionRefused(): number {
    return this.source.meter.inspectionRefused;
  }

  get hosts(): HostTable {
    return this.source.meter.hosts;
  }

  get revision(): number {
    return this.watch.revision + (this.anomalies?.revision ?? 0) + (this.labAlarms?.revision ?? 0);
  }

  incidents(): BuiltIncident[] {
    const findings = this.watch.findings();
    const named = buildIncidents(findings, this.hosts);
    const isExplained = explainedBy(named);
    const bare = [...(this.anomalies?.findings(isExplained) ?? []), ...(this.labAlarms?.findings(isExplained) ?? [])];
    const built = bare.length === 0 ? named : buildIncidents([...findings, ...bare], this.hosts);
    const cards = this.source.meter.cards.byAddress();
    this.weigh(built, cards);
    rankIncidents(built);
    this.places?.addTo(built);
    return built;
  }

  scoreNow(flows: FlowBatch): (FlowScores & Partial<ExtendedScores>) | undefined {
    const scores = this.scorer?.score(flows);
    if (!scores) return undefined;
    this.anomalies?.add(flows, scores, this.now);
    const extended = this.promoted?.extend(flows, scores);
    if (extended) this.labAlarms?.add(flows, extended, this.now);
    return extended ?? scores;
  }

  get flowsForgotten(): number {
    return this.log.forgotten;
  }

  get findings(): number {
    return this.watch.size;
  }

  forget(most: number, before?: number): void {
    this.watch.forget(most, before);
  }

  history(): Record<string, string> {
    return this.watch.history();
  }

  resume(saved: Readonly<Record<string, string>>): void {
    this.watch.resume(saved);
  }

  learnContext(on: boolean): void {
    this.context = on;
  }

  scorePackets(on: boolean): void {
    if (this.packetDetectors) this.packetDetectors.on = on;
  }

  adopt(model: NamedModel): void {
    this.model = model;
    this.scorer = createScorer({
      model: model.model,
      seed: this.options.seed,
      mode: this.options.causal ? 'causal' : 'offline',
      ...(this.scorer ? { after: this.scorer } : {}),
    });
    const { scorer } = this;
    this.anomalies?.turn(this.now, () => anomaliesOf(scorer));
  }

  async promote(models: readonly PromotedModel[]): Promise<void> {
    const some = models.length > 0 && this.scorer !== undefined;
    if (!some && !this.promoted) return;
    // Most runs have none, and need none of the lab's detectors.
    const { PromotedModels: Promoted } = await import('../../detect/lab/promoted.ts');
    const promoted = new Promoted(some ? models : []);
    this.promoted = some ? promoted : undefined;
    if (!this.options.liveAnomalies) return;
    const make = (): ReturnType<typeof alarmsOf> => alarmsOf(promoted);
    if (this.labAlarms) this.labAlarms.turn(this.now, make);
    else this.labAlarms = new LiveAnomalies(make, this.hosts);
  }

  async run(): Promise<TriageResult> {
    await this.promote(this.options.promoted ?? []);
    try {
      await this.read();
    } finally {
      await this.signatures?.close?.();
    }
    const readMs = performance.now() - this.started;
    this.options.onRead?.();
    this.scorer?.finish();
    const hosts = this.source.meter.hosts;
    const named = buildIncidents(this.watch.findings(), hosts);
    const hostUsual = this.scorer?.hostUsual(outOfTheOrdinary(named));
    const { extra, anomalous } = await this.scoreAll(named, hostUsual);
    const incidents = extra.length === 0 ? named : buildIncidents([...this.watch.findings(), ...extra], hosts);
    const inputs = this.inputs();
    const cards = this.source.meter.cards.byAddress();
    const roleOf = roleFinder(this.options.devices ?? [], hosts, cards);
    const byFlow = indexFlows(incidents);
    this.weigh(incidents, cards);
    const { told, silenced } = divideHeard(this.options.suppressions ?? [], incidents, byFlow, this.log);
    const meaning = this.judge(told, inputs);
    rankIncidents(incidents);
    rankIncidents(told);
    this.places?.addTo(incidents);
    countTraffic(incidents, byFlow, this.log);
    if (this.scorer) {
      const how = { hostUsual, also: this.promoted?.ids };
      explainIncidents([...told, ...silenced], this.scorer, this.log, this.scored, how);
    }
    const report = makeReport({
      inputs,
      quality: this.quality(inputs),
      incidents: told,
      suppressed: silenced.length,
      hosts,
      stats: this.stats,
      flows: { count: this.log.size, anomalous, cutShort: this.source.meter.table.statistics.cutShort },
      scorer: this.scorer,
      packetDetectors: this.packetDetectors?.report() ?? [],
      signatures: (this.signatures ?? this.source.alerts)?.report(),
      sigma: this.sigma,
      promoted: this.promoted?.counts() ?? [],
      model: this.model,
      causal: this.options.causal ?? false,
      intel: this.options.intel,
      places: this.places,
      meaning,
      roles: this.rolesWith(told),
      roleOf,
      deviceOf: this.deviceOf,
      timing: { readMs, started: this.started, packets: this.packets },
    });
    return this.result({ report, incidents, byFlow, inputs, cards, roleOf });
  }

  /** What is known of the network changes severities. */
  private judge(
    incidents: readonly BuiltIncident[],
    inputs: readonly InputSummary[],
  ): Pick<Required<TriageReport>, 'profile' | 'networks' | 'budget'> {
    const { options } = this;
    const profile = this.profile();
    const perDay = options.budget === 'default' ? DEFAULT_BUDGET[profile.name] : options.budget;
    const alarms = incidents.map((built) => built.incident);
    const budget = perDay === undefined ? null : { perDay, ...spendBudget(alarms, perDay, secondsOf(inputs)) };
    return { profile, networks: [...(options.networks ?? [])], budget };
  }

  /** What is known of a device by someone's word counts before what its traffic tells. */
  private weigh(incidents: readonly BuiltIncident[], cards: Outcome['cards']): void {
    const roleOf = roleFinder(this.options.devices ?? [], this.hosts, cards);
    const { roles = [], networks } = this.options;
    const confirmedOf: ConfirmedOf = confirmedFinder(roles, this.hosts, cards, networks);
    for (const built of incidents) if (!lowerExpected(built, roleOf, confirmedOf)) raiseLoud(built, this.deviceBook);
  }

  /** Of hosts of ours; the others are no devices of this network. */
  private readonly deviceOf = (host: number): HostDevice | undefined =>
    this.deviceBook.isOurs(host) ? this.deviceBook.deviceOf(host) : undefined;

  roles(): Pick<TriageReport, 'roles' | 'networksFound'> {
    return this.rolesWith(this.incidents());
  }

  private rolesWith(incidents: readonly BuiltIncident[]): Pick<TriageReport, 'roles' | 'networksFound'> {
    const { census, stats, options } = this;
    return rolesOfRun({ census, stats, options, incidents, cards: this.source.meter.cards.byAddress() });
  }

  profile(): Profile {
    const { network } = this;
    const facts = this.stats.networkFacts(
      (host) => network.isLocal(host) && !network.isMulticast(host) && !network.isBroadcast(host),
      this.source.meter.hosts,
      this.deviceOf,
    );
    return profileOf(facts, this.options.profile);
  }

  /** Stopped before the end of what has one. */
  private get cutShort(): boolean {
    return this.options.signal?.aborted === true && this.source.endless !== true;
  }

  /** Stopped halfway, a file is no shorter than it is. */
  private quality(inputs: readonly InputSummary[]): TriageReport['quality'] {
    const fewFlows = this.cutShort ? undefined : this.log.size < MINIMUM_FLOWS;
    return this.source.meter.quality?.judge({ inputs, fewFlows, isLive: this.source.endless === true });
  }

  private inputs(): InputSummary[] {
    const inputs = this.source.summaries();
    const last = inputs.at(-1);
    if (this.cutShort && last) {
      const message = 'reading was stopped before the end; what had been read by then was analysed';
      last.warnings.push({ code: 'interrupted', message, offset: this.source.progress().bytes, count: 1 });
    }
    const { overflowed } = this.source.meter.hosts;
    if (overflowed > 0 && last) {
      const message = `more addresses than can be told apart: ${overflowed} packets or flows of further ones were counted together`;
      last.warnings.push({ code: 'too-many-hosts', message, offset: 0, count: overflowed });
    }
    const refused = this.inspectionRefused;
    if (refused > 0 && last) {
      const message = `flows asked ${refused} times for more than all of them together, or one, may keep or tell: they were read less far`;
      last.warnings.push({ code: 'inspection-bounded', message, offset: 0, count: refused });
    }
    const { forgotten, size } = this.log;
    if (forgotten > 0 && last) {
      const message = `only the latest ${size - forgotten} of ${size} flows are kept; all were counted and looked at`;
      last.warnings.push({ code: 'flows-forgotten', message, offset: 0, count: forgotten });
    }
    return inputs;
  }

  private async read(): Promise<void> {
    let told = 0;
    const { signal } = this.options;
    // One listener, and nothing that grows with the batches: a race against one promise for days would keep them all.
    let stop: (() => void) | undefined;
    signal?.addEventListener('abort', () => stop?.(), { once: true });
    const following = (): ReturnType<Source['next']> =>
      new Promise((resolve, reject) => {
        stop = () => resolve(null);
        this.source.next().then(resolve, reject);
      });
    while (!signal?.aborted) {
      const seen = await following();
      if (!seen) break;
      this.packets += seen.packets;
      await this.take(seen.observations);
      await this.signatures?.settled?.();
      await this.packetDetectors?.learn();
      const now = performance.now();
      if (this.options.onProgress && now - told >= PROGRESS_MS) {
        told = now;
        this.tell(now);
      }
    }
    await this.take(this.source.finish());
    this.source.seen?.();
    this.watch.finish();
    await this.signatures?.finish();
    this.noteSignatures();
    this.packetDetectors?.finish();
    this.tell(performance.now());
  }

  private async take(seen: Observations): Promise<void> {
    this.now = seen.now;
    this.deviceBook.observe(seen);
    this.census.observe(seen);
    this.watch.observe(seen);
    this.signatures?.observe(seen);
    this.noteSignatures();
    this.options.onObservations?.(seen, this.source.meter.hosts);
    this.scorer?.observe(this.context ? seen.events : NO_EVENTS, seen.flows);
    if (seen.flows.count > 0) {
      this.stats.add(seen.flows);
      this.log.append(seen.flows);
    }
    this.options.onTaken?.(this, seen);
    if (this.options.onWindows && seen.windows.count > 0) await this.options.onWindows(seen.windows);
  }

  private noteSignatures(): void {
    const told = this.signatures ?? this.source.alerts;
    for (const [key, finding] of told?.findings() ?? []) this.watch.note(key, finding);
  }

  private tell(now: number): void {
    const { bytes, total } = this.source.progress();
    this.options.onProgress?.({ bytes, total, packets: this.packets, seconds: (now - this.started) / 1000 });
  }

  /** Pass 2: scores every flow and finds the bare anomalies that no incident explains. */
  private async scoreAll(
    named: readonly BuiltIncident[],
    hostUsual: HostUsual | undefined,
  ): Promise<{ extra: ReturnType<Watch['findings']>; anomalous: number }> {
    if (!this.scorer) return { extra: [], anomalous: 0 };
    const { promoted } = this;
    const collector = createAnomalyCollector(this.scorer);
    const alarms = promoted && new LabAlarms(promoted);
    this.scorer.countAnew();
    promoted?.countAnew();
    let anomalous = 0;
    let chunk = 0;
    this.scored.push(...(await this.scoredByThreads(this.scorer)));
    for (const batch of this.log.batches()) {
      const alone = this.scored[chunk] ?? copyScores(this.scorer.score(batch));
      collector.add(batch, alone);
      const extended = promoted?.extend(batch, alone);
      if (extended) alarms?.add(batch, extended);
      const scores = (this.scored[chunk++] = extended ?? alone);
      for (let row = 0; row < batch.count; row++) {
        if (!scores.anomalous[row]) continue;
        anomalous++;
        this.stats.anomaly(batch.columns.origHost[row]!);
      }
    }
    const { hosts } = this.source.meter;
    const options = { hosts, skipFlows: explainedBy(named), hostUsual };
    const found = [...anomalyFindings(collector, options), ...(alarms?.findings(options) ?? [])];
    return { extra: found.map((f) => f.finding), anomalous };
  }

  /** Many flows are scored on several threads; none where that does not pay, or a thread was lost. */
  private async scoredByThreads(scorer: Scorer): Promise<FlowScores[]> {
    const { threads } = this.options;
    if (threads < 2 || this.log.size < PARALLEL_FROM) return [];
    try {
      return await scoreInParallel(scorer, this.log.batches(), threads);
    } catch {
      scorer.countAnew();
      return [];
    }
  }

  private result({ report, incidents, byFlow, inputs, cards, roleOf }: Outcome): TriageResult {
    const { log, scored, stats } = this;
    const { hosts } = this.source.meter;
    const none: readonly string[] = [];
    return {
      report,
      hosts,
      incidents,
      cards,
      allHosts: () => rankedHosts(hosts, stats, incidents, hosts.size, { roleOf, deviceOf: this.deviceOf }),
      *flows() {
        let chunk = 0;
        for (const batch of log.batches()) yield { batch, scores: scored[chunk++] };
      },
      incidentsOf: (flow) => byFlow.get(flow)?.map((b) => b.incident.uid) ?? none,
      ...(this.places ? { placeOf: this.places.of } : {}),
      flowsForgotten: log.forgotten,
      partial: this.source.partial(inputs) || this.cutShort,
      close: () => log.close(),
    };
  }
}

/** Opens the captures; a pipe that gives nothing is given up when the run is stopped. */
async function openUnlessStopped(options: TriageOptions): Promise<Source> {
  const { files, threads, signal } = options;
  const stopped = new Promise<null>((resolve) => {
    signal?.addEventListener('abort', () => resolve(null), { once: true });
  });
  const source = await Promise.race([openAny(files, threads, { sliced: options.causal ?? false }), stopped]);
  if (source) return source;
  throw new SondeError('cancelled', 'stopped before anything was read', files.join(', '), '');
}

/** As `triage`, of what a source gives; whoever opened it closes it. */
export function analyse(options: TriageOptions, source: Source): Promise<TriageResult> {
  return new TriageRun(options, source).run();
}

/**
 * Reads the captures as one and reports on them.
 *
 * @throws InputError when nothing could be read; RangeError for a network that is none.
 */
export async function triage(options: TriageOptions): Promise<TriageResult> {
  const source = await openUnlessStopped(options);
  try {
    return await new TriageRun(options, source).run();
  } finally {
    // A pipe that gives nothing more would never let go.
    const closed = source.close();
    if (!options.signal?.aborted) await closed;
  }
}
