/** `sonde triage FILE… [options]`. */
import { availableParallelism } from 'node:os';
import { SEVERITIES, type Severity } from '../../../../src-shared/domain/incident.ts';
import type { TriageReport } from '../../../../src-shared/domain/report.ts';
import type { Anonymiser } from '../../../keep/exports/anonymise/words.ts';
import type { Matcher } from '../../../detect/incidents/suppressions/engine.ts';
import type { IncidentFormat } from '../../../keep/exports/incidents/types.ts';
import { anonymisedReport } from '../../../keep/exports/anonymise/report.ts';
import { triage } from '../../pipeline/triage.ts';
import type { TriageOptions, TriageResult } from '../../pipeline/triage-types.ts';
import { boundMainThread } from '../../pipeline/young-generation.ts';
import { judgementOf, type Judgement } from '../judgement.ts';
import { ANONYMISE_OPTIONS, anonymisingOf, type Anonymising } from '../anonymising.ts';
import { helpOf, oneOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError } from '../errors.ts';
import type { CaptureFile } from '../database.ts';
import { writeError, writeFlows } from '../flows-file.ts';
import { GEO_OPTION, placesOf } from '../geo-files.ts';
import { ReportNames } from '../host-names.ts';
import type { FirstPackets } from '../incidents-file.ts';
import { INTEL_OPTIONS, intelOf, OWN_RULES_OPTIONS, rulePaths, RULES_OPTION } from '../intel-files.ts';
import { MODEL_OPTION, scoringModels, withKept, type ScoringModels } from '../model.ts';
import { checkOutput, refuseOverwriting } from '../outputs.ts';
import { packetDetectorsOf, packetDetectorsOptions } from '../packet-detectors.ts';
import { progressPrinter } from '../progress.ts';
import { checkReport, writeReport } from '../report-file.ts';
import { SIGMA_OPTION, sigmaOf } from '../sigma-option.ts';
import { stopOnSignals } from '../signals.ts';
import { summaryText } from '../summary.ts';

const MAX_SEED = 2 ** 32 - 1;
const MAX_THREADS = 256;

export const TRIAGE: CommandSpec = {
  name: 'triage',
  usage: 'sonde triage FILE… [options]',
  summary:
    'Reads captures (pcap, pcapng; plain or compressed with gzip or zstd; - for standard input), several as one\n' +
    'ordered by time, and lists what stands out, most serious first. Reads also records of flows that other sensors made:\n' +
    "Zeek's conn.log, Suricata's eve.json, files of nfdump and IPFIX files; then without learned scores.",
  options: [
    { name: 'json', help: 'print the report as one JSON document (schema sonde.triage/1)' },
    { name: 'flows', value: 'OUT', help: 'write every flow to OUT, one a line: CSV by the ending .csv, else NDJSON' },
    { name: 'db', value: 'FILE', help: 'keep the capture in this SQLite database' },
    MODEL_OPTION,
    { name: 'seed', value: 'N', help: 'random seed (default 1)' },
    { name: 'no-models', help: 'flows and behaviours only, no learned scores' },
    { name: 'causal', help: 'learn nothing from the capture itself, as a live capture cannot' },
    ...packetDetectorsOptions(false),
    { name: 'profile', value: 'NAME', help: 'auto, home, office or enterprise: the kind of network (default auto)' },
    { name: 'budget', value: 'N', help: 'alarms a day that are tolerated: the most unusual of what nothing explains' },
    RULES_OPTION,
    ...OWN_RULES_OPTIONS,
    SIGMA_OPTION,
    {
      name: 'settings',
      value: 'FILE',
      help: "judge by the desk's settings as JSON (schema sonde.settings/1): networks, devices, roles, suppressions",
    },
    { name: 'suppressions', value: 'FILE', help: 'leave out of the report what this file declares to be expected' },
    ...INTEL_OPTIONS,
    GEO_OPTION,
    { name: 'now', value: 'TIME', help: 'when suppressions and indicators are judged to have expired (default: now)' },
    {
      name: 'incidents',
      value: 'OUT',
      help: 'write the incidents to OUT; its ending tells the format: .csv, .ndjson, .eve.json, .ecs.ndjson, .ocsf.ndjson, .stix.json',
    },
    {
      name: 'zeek',
      value: 'DIR',
      help: "write the flows into this folder as Zeek's logs: conn.log, dns.log and so on",
    },
    { name: 'report', value: 'OUT', help: 'write a report for people to OUT, .html or .pdf by its ending' },
    ...ANONYMISE_OPTIONS,
    { name: 'fail-on', value: 'SEVERITY', help: 'exit with 5 when an incident is info, warning or critical, or above' },
    { name: 'threads', value: 'N', help: 'threads to use (default: as many as there are processors)' },
    { name: 'progress', help: 'show progress on standard error also where it is no terminal' },
    { name: 'help', help: 'show this' },
  ],
};

function checkFiles(parsed: Parsed): void {
  if (parsed.files.length === 0) {
    throw usageError(
      'no capture was named',
      'triage',
      'Write sonde triage FILE, or sonde triage - for standard input.',
    );
  }
  if (parsed.files.filter((f) => f === '-').length > 1) {
    throw usageError('standard input was named twice', '-', 'Name it once.');
  }
  if (parsed.on('model') && parsed.on('no-models')) {
    throw usageError('--model and --no-models contradict each other', '--model', 'Give one of them.');
  }
}

/** Ends reading early, keeping what was read, on the first Ctrl-C. */
function stopOnSignal(): AbortController {
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  return stop;
}

function exitCode(result: TriageResult, failOn: Severity | undefined, outputFailed: boolean): number {
  if (failOn !== undefined) {
    const least = SEVERITIES.indexOf(failOn);
    if (result.report.incidents.some((i) => SEVERITIES.indexOf(i.severity) >= least)) return EXIT.FOUND;
  }
  return result.partial || outputFailed ? EXIT.PARTIAL : EXIT.DONE;
}

/** Writes all of it, waiting where the reader is slow. @throws SondeError when it cannot be written. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(writeError(error, 'standard output', 'the report is not complete'));
      else resolve();
    });
  });
}

function rendered(report: TriageReport, json: boolean): string {
  return json ? `${JSON.stringify(report, null, 1)}\n` : summaryText(report);
}

export async function triageCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(TRIAGE, args);
  if (parsed.on('help')) {
    await print(helpOf(TRIAGE));
    return EXIT.DONE;
  }
  checkFiles(parsed);
  boundMainThread();
  const inputs = ['model', 'db', 'suppressions', 'rules', 'sigma', 'intel', 'intel-allow', 'geo']
    .flatMap((name) => parsed.values(name))
    .concat(parsed.files);
  refuseOverwriting(inputs, parsed.value('flows'), 'flows');
  refuseOverwriting(inputs, parsed.value('incidents'), 'incidents');
  const lists = ['intel', 'intel-allow', 'geo'].flatMap((name) => parsed.values(name));
  refuseOverwriting([...parsed.files, ...lists], parsed.value('db'), 'db');
  const failOn = oneOf(parsed, 'fail-on', SEVERITIES);
  const seed = wholeNumber(parsed, 'seed', 1, 0, MAX_SEED);
  const threads = wholeNumber(parsed, 'threads', Math.min(availableParallelism(), MAX_THREADS), 1, MAX_THREADS);
  const byPacket = packetDetectorsOf(parsed, false);
  refuseOverwriting(inputs, parsed.value('report'), 'report');
  checkReport(parsed.value('report'));
  if (parsed.on('zeek')) (await import('../zeek-folder.ts')).checkZeekFolder(parsed.value('zeek'), inputs);
  const outgoing = await incidentsOutput(parsed);
  const anonymising = givenAway(parsed, inputs);
  const { judged } = await judgementOf(parsed);
  const suppressions = await suppressionsOf(parsed);
  const chosen = {
    ...(await intelOf(parsed)),
    ...(await placesOf(parsed)),
    ...(await signaturesOf(parsed)),
    ...(await sigmaOf(parsed)),
  };
  const models = await scoringModels(parsed);
  let keeper: CaptureFile | undefined;
  try {
    keeper = await openKeeper(parsed);
  } catch (error) {
    // Nothing was read yet, so nothing was done in part.
    const code = reportError(error);
    return code === EXIT.PARTIAL ? EXIT.UNREADABLE : code;
  }
  const { signal } = stopOnSignal();
  try {
    const scoring = await withKept(models, keeper?.promoted ?? []);
    const code = await run(parsed, {
      seed,
      threads,
      failOn,
      judged,
      suppressions,
      chosen,
      outgoing,
      anonymising,
      scoring,
      byPacket,
      keeper,
      signal,
    });
    // A pipe that gives nothing more would keep an interrupted process alive.
    if (signal.aborted) process.exit(code);
    return code;
  } catch (error) {
    if (signal.aborted) process.exit(reportError(error));
    throw error;
  } finally {
    await keeper?.close();
  }
}

interface IncidentsOutput {
  path: string;
  format: IncidentFormat;
  /** Where packets can be numbered: in one file. */
  packets: FirstPackets | undefined;
}

/** What `--incidents` asks for; nothing of it is loaded by who asks for none. @throws SondeError `usage`, `write-failed` */
async function incidentsOutput(parsed: Parsed): Promise<IncidentsOutput | undefined> {
  const path = parsed.value('incidents');
  if (path === undefined) return undefined;
  const { FirstPackets, incidentFormat } = await import('../incidents-file.ts');
  const format = incidentFormat(path);
  checkOutput(path);
  const numbered = format.id === 'eve' && parsed.files.length === 1;
  return { path, format, packets: numbered ? new FirstPackets() : undefined };
}

async function writeOutgoing(
  result: TriageResult,
  { path, format, packets }: IncidentsOutput,
  by: Anonymiser | undefined,
): Promise<void> {
  const { writeIncidents } = await import('../incidents-file.ts');
  await writeIncidents(result, path, format, packets, by);
}

/** What tells of every flow is anonymised as a capture is. @throws SondeError `usage`, `write-failed` */
function givenAway(parsed: Parsed, inputs: readonly string[]): Anonymising | undefined {
  const whole = ['flows', 'zeek'].find((name) => parsed.on(name));
  if (whole !== undefined && parsed.on('anonymise')) {
    const cure = `Anonymise the capture (sonde anonymise), then ask for --${whole} of that.`;
    throw usageError(`--${whole} and --anonymise do not go together`, `--${whole}`, cure);
  }
  const outputs = ['incidents', 'report', 'db'].flatMap((name) => parsed.values(name));
  return anonymisingOf(parsed, inputs, outputs);
}

/** What `--suppressions` silences at the time of `--now`. @throws SondeError */
async function suppressionsOf(parsed: Parsed): Promise<readonly Matcher[]> {
  if (!parsed.on('suppressions') && !parsed.on('settings') && !parsed.on('now')) return [];
  return (await import('../suppressions-file.ts')).suppressionsOf(parsed);
}

/** The rules of `--rules`, or Sonde's own; nothing of them is loaded by who wants none. @throws SondeError */
async function signaturesOf(parsed: Parsed): Promise<Pick<TriageOptions, 'signatures'>> {
  const files = rulePaths(parsed);
  if (files.length === 0) return {};
  return { signatures: await (await import('../rules-file.ts')).signaturesOf(files) };
}

interface Run {
  seed: number;
  threads: number;
  failOn: Severity | undefined;
  judged: Judgement['judged'];
  suppressions: readonly Matcher[];
  chosen: Pick<TriageOptions, 'intel' | 'places' | 'signatures' | 'sigma'>;
  outgoing: IncidentsOutput | undefined;
  anonymising: Anonymising | undefined;
  scoring: ScoringModels;
  byPacket: ReturnType<typeof packetDetectorsOf>;
  keeper: CaptureFile | undefined;
  signal: AbortSignal;
}

async function run(parsed: Parsed, options: Run): Promise<number> {
  const { seed, threads, failOn, judged, suppressions, chosen, outgoing, scoring, byPacket, keeper, signal } = options;
  const by = options.anonymising?.by;
  const progress = progressPrinter(parsed.on('progress'));
  const names = new ReportNames();
  const hooks = keeper?.hooks();
  const packets = outgoing?.packets;
  const result = await triage({
    files: parsed.files,
    seed,
    threads,
    causal: parsed.on('causal'),
    signal,
    ...byPacket,
    ...judged,
    ...chosen,
    suppressions,
    ...scoring,
    ...(progress ? { onProgress: progress.show } : {}),
    ...hooks,
    ...(packets ? { onPackets: packets.tap(hooks?.onPackets) } : {}),
    onObservations: names.hook(packets ? packets.hook(hooks?.onObservations) : hooks?.onObservations),
  }).catch(async (error: unknown) => {
    await keeper?.discard();
    throw error;
  });
  progress?.done();
  names.addTo(result.report);
  try {
    const shown = by ? anonymisedReport(result.report, by) : result.report;
    const failed = await keep(result, parsed, keeper, outgoing, shown, by);
    if (signal.aborted) await keeper?.close();
    await print(rendered(shown, parsed.on('json')));
    options.anonymising?.end();
    return failed === EXIT.BUG ? failed : exitCode(result, failOn, failed !== EXIT.DONE);
  } finally {
    result.close();
  }
}

/** Opens the database of `--db` before anything is read: one that cannot be used is said at once. */
async function openKeeper(parsed: Parsed): Promise<CaptureFile | undefined> {
  const path = parsed.value('db');
  if (path === undefined) return undefined;
  const { CaptureFile: Keeper } = await import('../database.ts');
  return Keeper.open(path, parsed.files.join(', '), Date.now());
}

/**
 * Writes the outputs that were asked for; what fails is said and stops neither the others nor the report. The exit code
 * of the worst failure, `EXIT.DONE` when there was none. `shown`: the report as people get it; the database keeps all.
 */
async function keep(
  result: TriageResult,
  parsed: Parsed,
  keeper: CaptureFile | undefined,
  outgoing: IncidentsOutput | undefined,
  shown: TriageReport,
  by: Anonymiser | undefined,
): Promise<number> {
  const flows = parsed.value('flows');
  let failed: number = EXIT.DONE;
  const attempt = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      const code = reportError(error);
      if (failed !== EXIT.BUG) failed = code;
    }
  };
  if (flows !== undefined) await attempt(() => writeFlows(result, flows));
  if (outgoing) await attempt(() => writeOutgoing(result, outgoing, by));
  const zeek = parsed.value('zeek');
  if (zeek !== undefined) await attempt(async () => (await import('../zeek-folder.ts')).writeZeekFolder(result, zeek));
  const report = parsed.value('report');
  if (report !== undefined) await attempt(() => writeReport(shown, report));
  if (keeper) await attempt(() => keeper.results(result));
  return failed;
}
