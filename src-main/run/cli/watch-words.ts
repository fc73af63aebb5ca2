/** What `sonde watch` tells people: incidents as they come, figures now and then, a list at the end. */
import type { RetrainRun } from '../../../src-shared/domain/lab-model.ts';
import type { LiveAlertCounts, LiveEvent, LiveIncident, LiveStats } from '../../../src-shared/domain/live.ts';
import { say } from './errors.ts';
import { packetDetectorLines } from './packet-detectors.ts';
import { formatBytes, formatCount, plural, printable } from './words.ts';

/** A summary for people this often, ms. */
const SUMMARY_MS = 30_000;
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

function alertsLine({ delivered, waiting, givenUp, lost }: LiveAlertCounts): string {
  const losses = lost > 0 ? `, ${formatCount(lost)} lost` : '';
  return `Alerts: ${formatCount(delivered)} delivered, ${formatCount(waiting)} waiting, ${formatCount(givenUp)} given up${losses}.`;
}

/** What people read: incidents as they come, figures now and then. */
export function forPeople(print: (line: string) => void): (event: LiveEvent) => void {
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
        print(listOf(incidents));
        if (event.alerts) print(alertsLine(event.alerts));
    }
  };
}

/** What a retraining came to, for people. */
export function retrainWords(run: RetrainRun | undefined): void {
  for (const { slot, words } of run?.outcomes ?? []) say(`lab:${slot}: ${words}`);
}
