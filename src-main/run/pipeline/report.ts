/** The report of docs/cli.md from the results of a run. */
import type { HostDevice } from '../../../src-shared/domain/device-kinds.ts';
import type { ReportDetector, ReportInput, TriageReport } from '../../../src-shared/domain/report.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { VERSION } from '../../../src-shared/version.ts';
import type { Scorer } from '../../detect/detectors/triage.ts';
import type { PromotedModels } from '../../detect/lab/promoted.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import { rankHosts, type HostStats } from '../../detect/incidents/hosts.ts';
import type { RoleOf } from '../../detect/incidents/expected-work.ts';
import type { Intel } from '../../detect/signatures/intel/intel.ts';
import type { SigmaMatch } from '../../detect/signatures/sigma/match.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { InputSummary } from '../../meter/packets/types.ts';
import type { PlacesOfRun } from './places.ts';
import type { NamedModel } from './triage-types.ts';

interface Results {
  inputs: readonly InputSummary[];
  quality: TriageReport['quality'];
  /** Those that are told. */
  incidents: readonly BuiltIncident[];
  suppressed: number;
  hosts: HostTable;
  stats: HostStats;
  flows: TriageReport['flows'];
  scorer: Scorer | undefined;
  packetDetectors: readonly ReportDetector[];
  signatures: Pick<TriageReport, 'signatures' | 'rules'> | undefined;
  sigma: SigmaMatch | undefined;
  promoted: ReturnType<PromotedModels['counts']>;
  model: NamedModel | undefined;
  causal: boolean;
  intel: Intel | undefined;
  places: PlacesOfRun | undefined;
  meaning: Pick<Required<TriageReport>, 'profile' | 'networks' | 'budget'>;
  roles: Pick<TriageReport, 'roles' | 'networksFound'>;
  roleOf: RoleOf;
  deviceOf: (host: number) => HostDevice | undefined;
  timing: { readMs: number; started: number; packets: number };
}

/** Link types listed for an input at most: a hostile file has one an interface. */
const LINK_TYPES = 100;

/** Hosts in a report at most (docs/cli.md). */
const REPORT_HOSTS = 1000;

export function inputOf(summary: InputSummary): ReportInput {
  const { firstSec, firstNano, lastSec, lastNano, ...rest } = summary;
  const some = summary.packets > 0;
  return {
    path: rest.path,
    sha256: rest.sha256,
    format: rest.format,
    linkTypes: [...new Set(rest.linkTypes)].slice(0, LINK_TYPES),
    packets: rest.packets,
    bytes: rest.bytes,
    firstTs: some ? formatTime(firstSec, firstNano) : null,
    lastTs: some ? formatTime(lastSec, lastNano) : null,
    warnings: rest.warnings,
  };
}

function timings({ readMs, started, packets }: Results['timing']): TriageReport['timings'] {
  const totalMs = performance.now() - started;
  return {
    readMs: Math.round(readMs),
    totalMs: Math.round(totalMs),
    packetsPerSecond: Math.round(packets / (totalMs / 1000)),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Below the stated minimum of flows no detector's verdict counts, though the model gave scores. */
function detectorsOf(scorer: Scorer): ReportDetector[] {
  const enough = scorer.status() === 'scored';
  return scorer.detectorReport().map((d) => (enough || d.status !== 'scored' ? d : { ...d, status: 'insufficient' }));
}

function promotedOf(counts: Results['promoted']): NonNullable<TriageReport['promoted']> {
  return counts.map(({ id, alarms, promoted: { name, sha256, model } }) => {
    const { detector, threshold } = model.description;
    return { id, name, sha256, detector, threshold: threshold.score, targetFpr: threshold.targetFpr, alarms };
  });
}

function refusedOf(intel: Intel | undefined): TriageReport['rules']['refused'] {
  return (intel?.refused ?? []).map((one) => ({ ...one, sid: 0, keyword: 'intel' }));
}

export function makeReport(results: Results): TriageReport {
  const { scorer, model } = results;
  return {
    schema: 'sonde.triage/1',
    version: VERSION,
    inputs: results.inputs.map(inputOf),
    ...(results.quality ? { quality: results.quality } : {}),
    flows: results.flows,
    status: !scorer ? 'not-scored' : scorer.status() === 'scored' ? 'scored' : 'insufficient',
    ...results.meaning,
    model:
      scorer && model
        ? { name: model.name, sha256: model.sha256, fittedToCapture: !results.causal && scorer.status() === 'scored' }
        : null,
    ...(results.promoted.length > 0 ? { promoted: promotedOf(results.promoted) } : {}),
    hosts: rankHosts(results.hosts, results.stats, results.incidents, REPORT_HOSTS, results).map(
      ({ host, ...rest }) => {
        const place = results.places?.of(host);
        return place ? { ...rest, place } : rest;
      },
    ),
    hostsTotal: results.hosts.size,
    incidents: results.incidents.map((b) => b.incident),
    signatures: [...(results.signatures?.signatures ?? []), ...(results.sigma?.report().signatures ?? [])],
    rules: {
      loaded: (results.signatures?.rules.loaded ?? 0) + (results.sigma?.report().rules.loaded ?? 0),
      refused: [
        ...(results.signatures?.rules.refused ?? []),
        ...(results.sigma?.report().rules.refused ?? []),
        ...refusedOf(results.intel),
      ],
      ...(results.signatures?.rules.cut === undefined ? {} : { cut: results.signatures.rules.cut }),
    },
    ...(results.intel ? { intel: results.intel.report() } : {}),
    ...(results.places ? { geo: results.places.report() } : {}),
    ...results.roles,
    suppressed: results.suppressed,
    detectors: [
      ...(scorer ? detectorsOf(scorer) : []),
      ...results.promoted.map(({ id, scored }) => ({
        id,
        status: 'scored' as const,
        flowsScored: scored,
        backend: 'js',
      })),
      ...results.packetDetectors,
    ],
    timings: timings(results.timing),
  };
}
