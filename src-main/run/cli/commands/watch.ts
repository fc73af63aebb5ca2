/** `sonde watch`: traffic as it passes, or a capture file played on its own clock through the same path. */
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { RetrainRun } from '../../../../src-shared/domain/lab-model.ts';
import type { LiveEvent, LiveIncident, LiveNotice, LiveStats } from '../../../../src-shared/domain/live.ts';
import { CaptureError, type CaptureErrorCode } from '../../../meter/capture/types.ts';
import { capture } from '../../pipeline/live/capture.ts';
import { RING_MODES, type RingSettings } from '../../pipeline/live/packet-keeper.ts';
import { replay } from '../../pipeline/live/replay.ts';
import { LIVE_FLOWS, watch } from '../../pipeline/live/session.ts';
import type { LiveSource } from '../../pipeline/live/source.ts';
import { dataFolder } from '../../paths.ts';
import type { TriageResult } from '../../pipeline/triage.ts';
import { helpOf, oneOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';
import type { Store } from '../../../keep/store/types.ts';
import { ContinuousExport, EXPORT_OPTIONS } from '../continuous-export.ts';
import { CaptureFile } from '../database.ts';
import { INTEL_OPTIONS, intelOf } from '../intel-files.ts';
import { judgementOf } from '../judgement.ts';
import { writeFlows } from '../flows-file.ts';
import { FailureCounts } from '../../metrics/channels.ts';
import { METRICS_OPTION, metricsPortOf, startMetrics, type WatchMetrics } from '../metrics.ts';
import { MODEL_OPTION, scoringModels, withKept } from '../model.ts';
import { checkOutput, refuseOverwriting } from '../outputs.ts';
import { packetDetectorLines, packetDetectorsOf, packetDetectorsOptions } from '../packet-detectors.ts';
import { stopOnSignals } from '../signals.ts';
import type { AlertSettings, WatchAlerts } from '../watch-alerts.ts';
import { formatBytes, formatCount, plural, printable } from '../words.ts';

const MAX_SEED = 2 ** 32 - 1;
const SNAPLEN_MIN = 64;
const SNAPLEN_MAX = 262_144;
const DURATION_MAX = 366 * 86_400;
/** A summary for people this often, ms. */
const SUMMARY_MS = 30_000;
const RING_LEAST = 4 * 1024 ** 2;
const SPEED_MAX = 10_000;

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
    { name: 'wait', value: 'S', help: 'for a card that went away (default 600)' },
    { name: 'settings', value: 'FILE', help: "the desk's settings as JSON (schema sonde.settings/1)" },
    { name: 'profile', value: 'NAME', help: 'auto, home, office or enterprise: the kind of network (default auto)' },
    { name: 'budget', value: 'N', help: 'alarms a day that are tolerated: the most unusual of what nothing explains' },
    ...packetDetectorsOptions(true),
    ...INTEL_OPTIONS,
    { name: 'flows', value: 'OUT', help: 'write every flow at the end: CSV by the ending .csv, else NDJSON' },
    ...EXPORT_OPTIONS,
    { name: 'db', value: 'FILE', help: 'keep what was seen in this SQLite database' },
    METRICS_OPTION,
    { name: 'json', help: 'print events as JSON, one a line (schema sonde.watch/1)' },
    { name: 'help', help: 'show this' },
    { name: 'rules', value: 'FILE', help: '', later: true, repeatable: true },
  ],
};

function speedOf(parsed: Parsed): number | 'max' {
  const text = parsed.value('speed') ?? '1';
  if (text === 'max') return 'max';
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (speed > 0 && speed <= SPEED_MAX) return speed;
  throw usageError(
    `--speed ${text}: not a number up to ${SPEED_MAX}, nor max`,
    '--speed',
    'Write for example --speed 10.',
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of `500M`; undefined where the option is not given. */
function sizeOf(parsed: Parsed, name: string): number | undefined {
  const text = parsed.value(name);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMGT]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toUpperCase()] ?? NaN);
  if (bytes >= RING_LEAST && Number.isSafeInteger(bytes)) return bytes;
  throw usageError(`--${name} ${text}: not a size of 4M or more`, `--${name}`, `Write for example --${name} 2G.`);
}

function ringOf(parsed: Parsed): RingSettings | undefined {
  const folder = parsed.value('ring');
  const extra = ['ring-mode', 'ring-size', 'ring-time', 'ring-files'].find((name) => parsed.on(name));
  if (folder === undefined && extra !== undefined) {
    throw usageError(`--${extra} without --ring`, `--${extra}`, 'Name the folder with --ring DIR.');
  }
  if (folder === undefined) return undefined;
  const maxBytes = sizeOf(parsed, 'ring-size');
  return {
    folder,
    mode: oneOf(parsed, 'ring-mode', RING_MODES) ?? 'full',
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(parsed.on('ring-time') ? { maxSeconds: wholeNumber(parsed, 'ring-time', 3600, 1, DURATION_MAX) } : {}),
    ...(parsed.on('ring-files') ? { maxFiles: wholeNumber(parsed, 'ring-files', 1000, 2, 100_000) } : {}),
  };
}

/** Said before anything is captured. @throws SondeError `usage` */
async function checkFolder(folder: string, option: string, what: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw usageError(
      `--${option} ${folder}: ${what} cannot be kept there (${said})`,
      `--${option}`,
      'Name another folder.',
    );
  }
}

/** A fixed model stays what it is, and a file teaches nothing about the network one is in, unless it is asked for. */
function baselinesOf(parsed: Parsed): string | undefined {
  const named = parsed.value('baselines');
  const fixed = ['model', 'no-models'].find((name) => parsed.on(name));
  if (named !== undefined && named !== 'off' && fixed !== undefined) {
    throw usageError(`--baselines and --${fixed} contradict each other`, '--baselines', 'Give one of them.');
  }
  if (named === 'off' || fixed !== undefined) return undefined;
  return named ?? (parsed.on('replay') ? undefined : join(dataFolder(), 'baselines'));
}

/** Files that are read, none of which may be written over. */
const inputsOf = (parsed: Parsed): string[] =>
  ['replay', 'model', 'db', 'settings', 'intel', 'intel-allow'].flatMap((name) => parsed.values(name));

async function sourceOf(parsed: Parsed, signal: AbortSignal): Promise<LiveSource> {
  const files = parsed.values('replay');
  const card = parsed.value('interface');
  if (parsed.files.length > 0) {
    throw usageError(`${parsed.files[0]}: a card or a file?`, 'watch', 'Write --interface NAME, or --replay FILE.');
  }
  if (files.length > 0 === (card !== undefined)) {
    throw usageError('watch needs a network card or a file', 'watch', 'Write --interface NAME, or --replay FILE.');
  }
  if (files.length > 0) {
    for (const name of ['filter', 'snaplen', 'wait']) {
      if (parsed.on(name)) throw usageError(`--${name} is for --interface`, `--${name}`, 'Leave it out.');
    }
    return replay({ files, speed: speedOf(parsed), signal });
  }
  if (parsed.on('speed')) throw usageError('--speed is for --replay', '--speed', 'Leave it out.');
  const filter = parsed.value('filter');
  const options = {
    interface: card ?? '',
    snaplen: wholeNumber(parsed, 'snaplen', SNAPLEN_MAX, SNAPLEN_MIN, SNAPLEN_MAX),
    reopenSeconds: wholeNumber(parsed, 'wait', 600, 0, DURATION_MAX),
    ...(filter === undefined ? {} : { filter }),
  };
  try {
    return await capture(options);
  } catch (error) {
    throw ourError(error, card ?? '');
  }
}

const USAGE: ReadonlySet<CaptureErrorCode> = new Set(['bad-option', 'bad-filter']);

/** What went wrong with a card, in the words and with the exit code of the command line. */
function ourError(error: unknown, card: string): unknown {
  if (!(error instanceof CaptureError)) return error;
  const code = USAGE.has(error.code) ? 'usage' : error.code === 'no-permission' ? 'not-permitted' : 'read-failed';
  return new SondeError(code, error.message, card, error.cure, { cause: error });
}

const MARK = { critical: '!!', warning: '! ', info: 'i ' } as const;
const WORD = { open: 'new', update: 'grows', closed: 'over' } as const;

function incidentLine({ state, severity, title, latencyMs, decidedTs, withdrawn }: LiveIncident): string {
  const delay = latencyMs === null ? '' : ` (${(latencyMs / 1000).toFixed(1)} s after the packet that decided it)`;
  const word = withdrawn === true ? 'part of another' : WORD[state].padEnd(5);
  return `${decidedTs.slice(0, 19)}Z  ${MARK[severity]} ${word} ${printable(title)}${delay}`;
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;
/** Incidents that are listed again at the end. */
const LISTED = 20;

/** What there was, gravest first, and what to do about it. */
function listOf(incidents: ReadonlyMap<string, LiveIncident>): string {
  const all = [...incidents.values()].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity] || (a.decidedTs < b.decidedTs ? -1 : 1),
  );
  if (all.length === 0) return 'No incident.';
  const lines = all.slice(0, LISTED).map(({ severity, title, response }) => {
    const advice = response[0] === undefined ? '' : `\n      ${printable(response[0])}`;
    return `  ${MARK[severity]} ${printable(title)}${severity === 'info' ? '' : advice}`;
  });
  const more = all.length > LISTED ? [`  … and ${all.length - LISTED} more (--json tells all of them)`] : [];
  return [`${plural(all.length, 'incident')}:`, ...lines, ...more].join('\n');
}

function statsLine(stats: LiveStats): string {
  const drops = stats.droppedKernel === null ? 'drops unknown' : `${formatCount(stats.droppedKernel)} dropped`;
  const shed = stats.shed > 0 ? `, ${plural(stats.shed, 'packet')} only counted` : '';
  const rate = `${formatCount(stats.packetsPerSecond)} packets/s, ${formatBytes(stats.bitsPerSecond / 8)}/s`;
  return `${stats.ts.slice(0, 19)}Z  ${plural(stats.received, 'packet')} (${drops}${shed}), ${plural(stats.flows, 'flow')}, ${rate}`;
}

function silencedWords(count = 0): string {
  return count === 0 ? '' : ` ${plural(count, 'incident')} suppressed.`;
}

/** What people read: incidents as they come, figures now and then. */
function forPeople(print: (line: string) => void): (event: LiveEvent) => void {
  let told = performance.now();
  const incidents = new Map<string, LiveIncident>();
  return (event) => {
    switch (event.event) {
      case 'started':
        print(`Watching ${event.interface} (${event.linkType}, ${event.engine}). Ctrl-C ends it.`);
        if (event.engine === 'cap' || event.engine === 'dumpcap')
          print(`-- Captured by ${event.engine}, not by Sonde's own helper: sonde interfaces says what to do.`);
        return;
      case 'stats':
        if (performance.now() - told < SUMMARY_MS) return;
        told = performance.now();
        return print(statsLine(event));
      case 'incident':
        if (event.withdrawn === true) incidents.delete(event.uid);
        else incidents.set(event.uid, event);
        return print(incidentLine(event));
      case 'notice':
        return print(`-- ${event.message}`);
      case 'mark':
        return print(`-- ${printable(event.note)}`);
      case 'error':
        return say(event.message);
      case 'ended':
        print(`${statsLine(event.stats)}\nEnded: ${event.reason}.${silencedWords(event.suppressed)}`);
        packetDetectorLines(event.packetDetectors ?? []).forEach(print);
        return print(listOf(incidents));
    }
  };
}

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

/** What a retraining came to, for people. */
function retrainWords(run: RetrainRun | undefined): void {
  for (const { slot, words } of run?.outcomes ?? []) say(`lab:${slot}: ${words}`);
}

type OpenAlerts = (store: Store | undefined, onNotice: (notice: LiveNotice) => void) => Promise<WatchAlerts>;

/** Channels of the settings, checked; to be opened when there is a database. @throws SondeError */
async function alertsOf(settings: AlertSettings, failures: FailureCounts): Promise<OpenAlerts | undefined> {
  const { watchSenders, WatchAlerts: Alerts } = await import('../watch-alerts.ts');
  const senders = (await watchSenders(settings)).map((sender) => failures.counting(sender));
  return senders.length === 0 ? undefined : (store, onNotice) => Alerts.open(senders, settings, store, onNotice);
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
  const inputs = ['replay', 'settings', 'intel', 'intel-allow'].flatMap((name) => parsed.values(name));
  refuseOverwriting(inputs, parsed.value('db'), 'db');
  const seed = wholeNumber(parsed, 'seed', 1, 0, MAX_SEED);
  const duration = parsed.on('duration') ? wholeNumber(parsed, 'duration', 60, 1, DURATION_MAX) * 1000 : undefined;
  const byPacket = packetDetectorsOf(parsed, true);
  const { judged, silencer, alerts: settings } = await judgementOf(parsed);
  const chosen = await intelOf(parsed, Date.now);
  const metricsPort = metricsPortOf(parsed, settings?.policy.metricsPort);
  const failures = new FailureCounts();
  const sending = settings && (await alertsOf(settings, failures));
  const models = await scoringModels(parsed);
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const told = parsed.on('json') ? (event: LiveEvent) => print(JSON.stringify(event)) : forPeople(print);
  let alerts: WatchAlerts | undefined;
  const heard = (event: LiveEvent): void => {
    outgoing?.take(event);
    told(event);
    alerts?.take(event);
  };
  const onEvent = silencer ? (event: LiveEvent) => silencer.take(event).forEach(heard) : heard;
  const ring = ringOf(parsed);
  const baselines = baselinesOf(parsed);
  checkOutput(parsed.value('flows'));
  if (ring) await checkFolder(ring.folder, 'ring', 'packets');
  if (parsed.on('baselines') && baselines !== undefined) await checkFolder(baselines, 'baselines', 'what is learned');
  const outgoing = ContinuousExport.open(parsed);
  outgoing?.listen(told);
  const flowsOut = outgoing?.flows;
  const source = await sourceOf(parsed, stop.signal).catch((error: unknown) => {
    outgoing?.close();
    throw error;
  });
  const db = parsed.value('db');
  let keeper: CaptureFile | undefined;
  let metrics: WatchMetrics | undefined;
  try {
    if (metricsPort !== undefined) metrics = await startMetrics(metricsPort, models.model, parsed);
    if (db !== undefined) keeper = await CaptureFile.open(db, source.started.interface, Date.now());
    alerts = await sending?.(keeper?.queue, told);
    if (alerts) metrics?.channelsOf(alerts.database ?? db ?? '', failures);
    const scoring = await withKept(models, keeper?.promoted ?? []);
    // A capture that is played teaches nothing about today.
    if (!parsed.on('replay')) keeper?.retrain(retrainWords, (error) => void reportError(error));
    const flowLimit = parsed.on('replay') ? Infinity : LIVE_FLOWS;
    const live = keeper?.liveHooks(source.meter.hosts, flowLimit, (error) => say(unwritten(error, db ?? '')));
    const result = await watch(source, {
      seed,
      signal: stop.signal,
      onEvent: (event, flows) => {
        live?.onEvent(event, flows);
        metrics?.take(event);
        onEvent(event);
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
      ...scoring,
      ...(keeper && scoring.model ? { promotedChanges: keeper.promotedChanges() } : {}),
      ...(duration === undefined ? {} : { duration }),
      flowLimit,
      ...(ring ? { ring } : {}),
      ...(baselines === undefined ? {} : { baselines }),
      ...(keeper ? keeper.hooks() : {}),
    });
    try {
      await keep(result, parsed, keeper);
      return source.partial(source.summaries()) ? EXIT.PARTIAL : EXIT.DONE;
    } finally {
      result.close();
    }
  } finally {
    outgoing?.close();
    await source.close();
    await metrics?.close();
    await alerts?.end();
    await keeper?.close();
  }
}
