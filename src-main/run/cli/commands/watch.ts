/** `sonde watch`: traffic as it passes, or a capture file played on its own clock through the same path. */
import type { LiveEnded, LiveEvent, LiveNotice } from '../../../../src-shared/domain/live.ts';
import type { MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import { openFlowProcesses, withProcesses } from '../../pipeline/live/processes.ts';
import { LIVE_FLOWS, watch } from '../../pipeline/live/session.ts';
import type { TriageResult } from '../../pipeline/triage-types.ts';
import type { FlowProcesses } from '../../../meter/enrich/processes/flow-processes.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';
import { ContinuousExport, EXPORT_OPTIONS } from '../continuous-export.ts';
import { CaptureFile } from '../database.ts';
import { GEO_OPTION, placesOf } from '../geo-files.ts';
import { INTEL_OPTIONS, OWN_RULES_OPTIONS, rulePaths, RULES_OPTION } from '../intel-files.ts';
import { judgementOf } from '../judgement.ts';
import { writeFlows } from '../flows-file.ts';
import { FailureCounts } from '../../metrics/channels.ts';
import { METRICS_OPTION, metricsPortOf, startMetrics, type WatchMetrics } from '../metrics.ts';
import { MODEL_OPTION, scoringModels, withKept } from '../model.ts';
import { checkOutput, refuseOverwriting } from '../outputs.ts';
import { packetDetectorsOf, packetDetectorsOptions } from '../packet-detectors.ts';
import { SIGMA_OPTION } from '../sigma-option.ts';
import { stopOnSignals } from '../signals.ts';
import type { AlertSettings, RunQueue, WatchAlerts } from '../watch-alerts.ts';
import { WatchLists } from '../watch-lists.ts';
import type { WatchRadar } from '../watch-radar.ts';
import type { WatchRules } from '../watch-rules.ts';
import { baselinesOf, checkFolder, DURATION_MAX, ringOf, SNAPLEN_MAX, sourceOf } from '../watch-source.ts';
import { forPeople, retrainWords } from '../watch-words.ts';

const MAX_SEED = 2 ** 32 - 1;

export const WATCH: CommandSpec = {
  name: 'watch',
  usage: 'sonde watch --interface NAME | --replay FILE [options]',
  summary:
    'Watches traffic as it passes, or plays a capture on its own clock, and tells of incidents as they open, grow and\n' +
    'close: a summary every 30 seconds, or with --json an event a line. Ctrl-C ends it.',
  options: [
    { name: 'interface', value: 'NAME', help: 'network card to watch (see sonde interfaces)' },
    { name: 'replay', value: 'FILE', help: 'play this capture instead; may be given more than once', repeatable: true },
    { name: 'speed', value: 'N|max', help: 'of a replay: so many seconds of packets a second (default 1)' },
    { name: 'filter', value: 'BPF', help: 'capture only what this filter lets through, e.g. "not port 22"' },
    { name: 'snaplen', value: 'N', help: `bytes of a packet that are captured (default ${SNAPLEN_MAX})` },
    { name: 'duration', value: 'S', help: 'end after so many seconds' },
    MODEL_OPTION,
    { name: 'no-models', help: 'flows and behaviours only, no learned scores' },
    { name: 'seed', value: 'N', help: 'random seed (default 1)' },
    { name: 'ring', value: 'DIR', help: 'keep the last packets in this folder, as pcapng files' },
    { name: 'ring-mode', value: 'MODE', help: 'full or headers: whole packets (default), or without their payload' },
    { name: 'ring-size', value: 'SIZE', help: 'of all these files together, e.g. 500M or 2G (default 1G, least 4M)' },
    { name: 'ring-time', value: 'S', help: 'keep packets for so many seconds (default: as many as there is room for)' },
    { name: 'ring-files', value: 'N', help: 'files at most (default 1000)' },
    {
      name: 'baselines',
      value: 'DIR|off',
      help: 'learned baselines, one a network (default: in your own folder; with --model, --no-models, --replay: off)',
    },
    {
      name: 'processes',
      help: 'note which program of this machine a flow belongs to (Linux; with --flows, --db, --export; docs/processes.md)',
    },
    { name: 'wait', value: 'S', help: 'for a card that went away (default 600)' },
    { name: 'settings', value: 'FILE', help: "the desk's settings as JSON (schema sonde.settings/1)" },
    { name: 'profile', value: 'NAME', help: 'auto, home, office or enterprise: the kind of network (default auto)' },
    { name: 'budget', value: 'N', help: 'alarms a day that are tolerated: the most unusual of what nothing explains' },
    ...packetDetectorsOptions(true),
    RULES_OPTION,
    ...OWN_RULES_OPTIONS,
    SIGMA_OPTION,
    ...INTEL_OPTIONS,
    GEO_OPTION,
    { name: 'flows', value: 'OUT', help: 'write every flow at the end: CSV by the ending .csv, else NDJSON' },
    ...EXPORT_OPTIONS,
    { name: 'db', value: 'FILE', help: 'keep what was seen in this SQLite database' },
    METRICS_OPTION,
    { name: 'json', help: 'print events as JSON, one a line (schema sonde.watch/1)' },
    { name: 'help', help: 'show this' },
  ],
};

/** Files that are read, none of which may be written over. */
const inputsOf = (parsed: Parsed): string[] =>
  ['replay', 'model', 'db', 'settings', 'rules', 'sigma', 'intel', 'intel-allow', 'geo'].flatMap((name) =>
    parsed.values(name),
  );

function unwritten(error: unknown, path: string): string {
  const why = error instanceof Error ? error.message : String(error);
  return `${path} cannot be written (${why}); watching goes on, and all is tried again at the end`;
}

async function keep(result: TriageResult, parsed: Parsed, keeper: CaptureFile | undefined): Promise<void> {
  const flows = parsed.value('flows');
  let failure: Error | undefined;
  try {
    if (flows !== undefined) await writeFlows(result, flows);
  } catch (error) {
    // What fails of one must not cost the other.
    failure = error instanceof Error ? error : new Error(String(error));
  }
  await keeper?.results(result);
  if (failure) throw failure;
}

type OpenAlerts = (queue: RunQueue | undefined, onNotice: (notice: LiveNotice) => void) => Promise<WatchAlerts>;

/** Channels of the settings, checked; to be opened when there is a database. @throws SondeError */
async function alertsOf(settings: AlertSettings, failures: FailureCounts): Promise<OpenAlerts | undefined> {
  const { watchSenders, WatchAlerts: Alerts } = await import('../watch-alerts.ts');
  const senders = (await watchSenders(settings)).map((sender) => failures.counting(sender));
  return senders.length === 0 ? undefined : (queue, onNotice) => Alerts.open(senders, settings, queue, onNotice);
}

/** The rules of `--rules`, or Sonde's own; nothing of them is loaded by who wants none. @throws SondeError */
async function rulesOf(parsed: Parsed, onNotice: (notice: LiveNotice) => void): Promise<WatchRules | undefined> {
  const paths = rulePaths(parsed);
  if (paths.length === 0) return undefined;
  return (await import('../watch-rules.ts')).WatchRules.open(paths, parsed.on('rules'), onNotice);
}

/** Of a capture that is played nobody knows by now. @throws SondeError `usage` */
function processesOf(parsed: Parsed): FlowProcesses | undefined {
  if (!parsed.on('processes')) return undefined;
  if (parsed.on('replay')) throw usageError('--processes is for --interface', '--processes', 'Leave it out.');
  const programs = openFlowProcesses();
  if (!programs) say('--processes: not available on this system; flows have no programs');
  return programs;
}

export async function watchCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(WATCH, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(WATCH));
    return EXIT.DONE;
  }
  if (parsed.on('model') && parsed.on('no-models')) {
    throw usageError('--model and --no-models contradict each other', '--model', 'Give one of them.');
  }
  refuseOverwriting(inputsOf(parsed), parsed.value('flows'), 'flows');
  refuseOverwriting(inputsOf(parsed), parsed.value('export'), 'export');
  const inputs = ['replay', 'settings', 'rules', 'sigma', 'intel', 'intel-allow', 'geo'].flatMap((name) =>
    parsed.values(name),
  );
  refuseOverwriting(inputs, parsed.value('db'), 'db');
  const seed = wholeNumber(parsed, 'seed', 1, 0, MAX_SEED);
  const duration = parsed.on('duration') ? wholeNumber(parsed, 'duration', 60, 1, DURATION_MAX) * 1000 : undefined;
  const byPacket = packetDetectorsOf(parsed, true);
  const known = await judgementOf(parsed);
  const { judged, silencer, alerts: settings, geo, radar: radarSettings, exports, sensor } = known;
  const lists = await WatchLists.open(parsed, (told) => heard(told));
  const chosen = { ...lists.chosen, ...(await placesOf(parsed, geo)) };
  const rules = await rulesOf(parsed, (told) => heard(told));
  const metricsPort = metricsPortOf(parsed, settings?.policy.metricsPort);
  const failures = new FailureCounts();
  const sending = settings && (await alertsOf(settings, failures));
  const models = await scoringModels(parsed);
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const told = parsed.on('json') ? (event: LiveEvent) => print(JSON.stringify(event)) : forPeople(print);
  let alerts: WatchAlerts | undefined;
  let ended: LiveEnded | undefined;
  const heard = (event: LiveEvent): void => {
    outgoing?.take(event);
    // What became of the alerts is known when they were waited for: that the run has ended is told then.
    if (alerts && event.event === 'ended') ended = event;
    else told(event);
    alerts?.take(event);
  };
  const onEvent = silencer
    ? (event: LiveEvent, marks?: MarkLists) => silencer.take(event, marks).forEach(heard)
    : heard;
  const ring = ringOf(parsed);
  const programs = processesOf(parsed);
  const baselines = baselinesOf(parsed);
  checkOutput(parsed.value('flows'));
  if (ring) await checkFolder(ring.folder, 'ring', 'packets');
  if (parsed.on('baselines') && baselines !== undefined) await checkFolder(baselines, 'baselines', 'what is learned');
  const outgoing = ContinuousExport.open(parsed, exports, sensor);
  outgoing?.listen(told);
  const flowsOut = outgoing?.flows;
  const source = await sourceOf(parsed, stop.signal).catch((error: unknown) => {
    void outgoing?.close();
    throw error;
  });
  const db = parsed.value('db');
  let keeper: CaptureFile | undefined;
  let metrics: WatchMetrics | undefined;
  let radar: WatchRadar | undefined;
  let code: number = EXIT.DONE;
  try {
    if (metricsPort !== undefined) metrics = await startMetrics(metricsPort, models.model, parsed);
    if (db !== undefined) keeper = await CaptureFile.open(db, source.started.interface, Date.now());
    alerts = await sending?.(keeper && db !== undefined ? { store: keeper.queue, path: db } : undefined, told);
    if (alerts) metrics?.channelsOf(alerts.database ?? db ?? '', failures);
    const scoring = await withKept(models, keeper?.promoted ?? []);
    // A capture that is played teaches nothing about today.
    if (!parsed.on('replay')) keeper?.retrain(retrainWords, (error) => void reportError(error));
    const flowLimit = parsed.on('replay') ? Infinity : LIVE_FLOWS;
    const live = keeper?.liveHooks(source.meter.hosts, flowLimit, (error) => say(unwritten(error, db ?? '')));
    // Sonde's own do not change while it runs, and SIGHUP ends who named no others.
    if (parsed.on('rules')) rules?.begin();
    lists.begin();
    if (radarSettings) radar = await (await import('../watch-radar.ts')).WatchRadar.open(radarSettings);
    const hooks: Partial<ReturnType<CaptureFile['hooks']>> = keeper?.hooks() ?? {};
    const result = await watch(source, {
      seed,
      signal: stop.signal,
      onEvent: (event, flows, marks) => {
        live?.onEvent(event, flows, marks);
        metrics?.take(event);
        onEvent(event, marks);
      },
      onFlows: (flows, scores) => {
        live?.onFlows(flows, scores);
        metrics?.takeScores(scores);
        flowsOut?.(flows);
      },
      ...(silencer ? { isExpected: (uid) => silencer.isSilent(uid) } : {}),
      ...byPacket,
      ...judged,
      ...chosen,
      ...(radar ? { placeNote: radar.noteOf } : {}),
      ...(rules ? { signatures: rules.rules.signatures } : {}),
      ...scoring,
      ...(keeper && scoring.model ? { promotedChanges: keeper.promotedChanges() } : {}),
      ...(duration === undefined ? {} : { duration }),
      flowLimit,
      ...(ring ? { ring } : {}),
      ...(baselines === undefined ? {} : { baselines }),
      ...hooks,
      ...(programs ? { onObservations: withProcesses(programs, hooks.onObservations) } : {}),
    });
    try {
      await keep(result, parsed, keeper);
      if (source.partial(source.summaries())) code = EXIT.PARTIAL;
    } finally {
      result.close();
    }
  } finally {
    await programs?.close();
    rules?.end();
    lists.end();
    await radar?.end();
    const unsent = await outgoing?.close();
    if (unsent) {
      say(unsent);
      code = EXIT.PARTIAL;
    }
    await source.close();
    await metrics?.close();
    const counts = await alerts?.end();
    if (ended && counts) told({ ...ended, alerts: counts });
    if (counts && counts.lost > 0) code = EXIT.PARTIAL;
    await keeper?.close();
  }
  return code;
}
