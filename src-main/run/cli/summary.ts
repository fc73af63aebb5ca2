/** The report for people. */
import { techniqueText, type Severity } from '../../../src-shared/domain/incident.ts';
import { withoutTold } from '../../../src-shared/domain/capture-quality.ts';
import { deviceTitle } from '../../../src-shared/domain/device-kinds.ts';
import type { Incident, ReportHost, ReportInput, TriageReport } from '../../../src-shared/domain/report.ts';
import { formatAmount, formatMeasured, formatNumber, formatSure } from '../../../src-shared/domain/amounts.ts';
import { placeWords } from '../../../src-shared/domain/place.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { geoLines } from './geo-files.ts';
import { intelLines } from './intel-files.ts';
import { packetDetectorLines } from './packet-detectors.ts';
import { refusedWords } from './refused.ts';
import { formatBytes, formatCount, plural, printable } from './words.ts';

/** Incidents told in full, one line each beyond; hosts listed. */
const IN_FULL = 20;
const IN_BRIEF = 50;
const HOSTS = 8;
const ADDRESSES = 4;
/** Reasons of the detectors that are told. */
const NOTICED = 3;
/** Hosts below this risk are not listed: they merely took part. */
const WORTH_A_LOOK = 0.1;
/** Longest Wireshark filter that is printed. */
const FILTER_MAX = 400;
/** Widest line. */
const WIDTH = 100;

const MARK: Readonly<Record<Severity, string>> = { critical: '!!', warning: '! ', info: 'i ' };

/** Lines of at most `WIDTH` characters; those after the first are indented by `hanging` more. */
function wrap(text: string, indent: string, hanging = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = hanging + word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].map((l) => indent + l).join('\n');
}

function listed(items: readonly (string | number)[], total: number): string {
  const shown = items.slice(0, ADDRESSES).join(', ');
  return total > ADDRESSES ? `${shown} and ${formatCount(total - ADDRESSES)} more` : shown;
}

/** Exact to the nanosecond: dates alone keep milliseconds. */
function seconds(from: string, to: string): number {
  const whole = (ts: string): number => Date.parse(`${ts.slice(0, ts.indexOf('.'))}Z`) / 1000;
  const nano = (ts: string): number => Number(ts.slice(ts.indexOf('.') + 1, -1));
  return Math.max(0, whole(to) - whole(from) + (nano(to) - nano(from)) * 1e-9);
}

/** "2024-01-01 10:00:00 UTC". */
function moment(ts: string): string {
  return `${ts.slice(0, 19).replace('T', ' ')} UTC`;
}

function inputText(input: ReportInput, quality: TriageReport['quality']): string[] {
  const size = `${plural(input.packets, 'packet')}, ${formatBytes(input.bytes)}`;
  const span =
    input.firstTs && input.lastTs
      ? `, ${formatDuration(seconds(input.firstTs, input.lastTs))} from ${moment(input.firstTs)}`
      : '';
  const kind = [input.format, ...input.linkTypes].filter(Boolean).join(', ');
  const lines = [`${printable(input.path)}${kind ? ` (${kind})` : ''}: ${size}${span}`];
  for (const w of withoutTold(input.warnings, quality)) {
    const at = w.offset > 0 ? `at byte ${formatCount(w.offset)}` : 'at the beginning';
    const where = w.count > 1 ? `${formatCount(w.count)} times, first ${at}` : at;
    lines.push(wrap(`warning: ${printable(w.message)} (${where}) [${w.code}]`, '  '));
  }
  return lines;
}

/** What is wrong with the capture as such: before the verdict, which holds as far as the capture does. */
function qualityLines({ quality = [] }: TriageReport): string[] {
  if (quality.length === 0) return [];
  const each = quality.flatMap(({ severity, title, message, effect, cure }) => [
    wrap(`${MARK[severity]} ${title}. ${message} ${effect}`, '  ', '   '),
    wrap(`> ${cure}`, '     ', '  '),
  ]);
  const guides = [...new Set(quality.map(({ guide }) => guide.slice(0, guide.indexOf('#'))))];
  return ['', 'Can this capture be trusted?', ...each, `     More: docs/${guides.join(', docs/')}`];
}

/** Rules that are told of by name, of those that were refused. */
const REFUSED = 3;

/** Expressions that were bounded: what they look for may stand where they did not look. */
function cutText({ cut = 0 }: TriageReport['rules']): string {
  if (cut === 0) return '';
  const times = cut === 1 ? 'Once' : `${formatCount(cut)} times`;
  return ` ${times} a text was longer than a rule looks through, or took it too long, and what it looks for stood in none of what it saw.`;
}

/** What became of the rules of signatures. */
function rulesLines({ rules, signatures }: TriageReport): string[] {
  const refused = rules.refused.filter(({ keyword }) => keyword !== 'intel');
  if (rules.loaded === 0 && refused.length === 0) return [];
  const alerts = signatures.reduce((sum, { count }) => sum + count, 0);
  const matched = `${plural(signatures.length, 'rule')} matched, ${plural(alerts, 'alert')}`;
  const more =
    refused.length > REFUSED ? ` and ${formatCount(refused.length - REFUSED)} more (sonde rules check says which)` : '';
  const which = refused.slice(0, REFUSED).map(({ source, rule, sid, ...rest }) => {
    return refusedWords({ ...rest, ...(source === 'sigma' ? { title: rule ?? '' } : { sid }) });
  });
  const left = refused.length === 0 ? '' : `; ${formatCount(refused.length)} refused: ${which.join('; ')}${more}`;
  return [wrap(`Signatures: ${plural(rules.loaded, 'rule')} loaded, ${matched}${left}.${cutText(rules)}`, '', '  ')];
}

/** Facts that already say their number are not told twice. */
function factText(incident: Incident): string[] {
  return incident.evidence.map(({ fact, value, expected, unit }) => {
    // What stands in brackets is what it is compared with.
    if (tells(fact.replace(/\([^)]*\)/g, ''), formatNumber(value))) return wrap(`- ${fact}`, '   ', '  ');
    const usual = expected === null || fact.includes('usual') ? '' : ` (usual: ${formatAmount(expected, unit)})`;
    return wrap(`- ${fact}: ${formatMeasured(value, unit)}${usual}`, '   ', '  ');
  });
}

/** Whether the number stands in the text as a number of its own. */
function tells(fact: string, number: string): boolean {
  const at = fact.indexOf(number);
  const isPart = (character: string | undefined): boolean => character !== undefined && /[\d.,]/.test(character);
  return at >= 0 && !isPart(fact[at - 1]) && !isPart(fact[at + number.length]);
}

function lasting(i: Incident): string {
  const length = seconds(i.firstTs, i.lastTs);
  return length > 0 ? `, for ${formatDuration(length)}` : '';
}

function header(i: Incident): string {
  return `${MARK[i.severity]} ${i.id}. ${i.title}`;
}

function incidentText(i: Incident): string[] {
  const who = [
    i.sourcesTotal > 0 ? `from ${listed(i.sources, i.sourcesTotal)}` : '',
    i.targetsTotal > 0 ? `to ${listed(i.targets, i.targetsTotal)}` : '',
    i.portsTotal > 0 ? `port ${listed(i.ports, i.portsTotal)}` : '',
  ];
  const technique = i.technique.map((each) => techniqueText(each)).join(', ');
  return [
    wrap(header(i), '', '      '),
    `   ${i.severity}, ${i.kind}, confidence ${formatSure(i.confidence)}${technique ? `, ATT&CK ${technique}` : ''}`,
    `   ${moment(i.firstTs)}${lasting(i)}`,
    wrap(who.filter(Boolean).join(' '), '   '),
    ...(i.summary ? [wrap(i.summary, '   ')] : []),
    ...factText(i),
    ...noticed(i),
    ...i.response.map((r) => wrap(`> ${r}`, '   ', '  ')),
    ...(i.wiresharkFilter && i.wiresharkFilter.length <= FILTER_MAX ? [`   Wireshark: ${i.wiresharkFilter}`] : []),
    '',
  ];
}

/** What moved the score of the incident's most unusual flow, where the evidence does not say it already. */
function noticed(i: Incident): string[] {
  const told = new Set(i.evidence.map((e) => e.fact));
  const fresh = i.attributions.filter((a) => a.contribution > 0 && !told.has(a.text)).slice(0, NOTICED);
  if (fresh.length === 0) return [];
  return [wrap(`Unusual about its flows: ${fresh.map((a) => a.text).join('; ')}.`, '   ')];
}

function verdict(report: TriageReport): string {
  const count = (severity: Severity): number => report.incidents.filter((i) => i.severity === severity).length;
  const [critical, warning, info] = [count('critical'), count('warning'), count('info')];
  if (critical + warning + info === 0) {
    // Silence must not read as an all-clear where there was nothing to judge.
    return report.flows.count > 0
      ? 'Nothing stands out.'
      : 'No IP traffic was found, so there was next to nothing to judge.';
  }
  const parts = [
    critical && `${critical} critical`,
    warning && plural(warning, 'warning'),
    info && `${info} for information`,
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

/** What models of the lab alarm at. */
function promotedText({ promoted = [] }: TriageReport): string {
  if (promoted.length === 0) return '';
  const each = promoted.map(({ id, name, alarms }) => `${name} (${id}) at ${plural(alarms, 'flow')}`);
  return ` Models of the lab alarm: ${each.join(', ')}.`;
}

function scoresText(report: TriageReport): string {
  return baseText(report) + promotedText(report);
}

/** Flows of another sensor, without packets. */
function isRecords({ warnings }: TriageReport['inputs'][number]): boolean {
  return warnings.some(({ code }) => code === 'flow-records');
}

function baseText(report: TriageReport): string {
  switch (report.status) {
    case 'not-scored':
      return report.inputs.some(isRecords)
        ? 'Flows were not scored: records do not tell enough.'
        : 'Flows were not scored (--no-models).';
    case 'insufficient':
      return 'Too few flows for the detectors to judge; known behaviours were looked for all the same.';
    case 'scored': {
      const learned = report.model?.fittedToCapture ? ', which also learned from this capture' : '';
      return `${plural(report.flows.anomalous, 'flow')} stood out to the detectors (model ${report.model?.name ?? 'none'}${learned}).`;
    }
  }
}

/** What it is taken for, with the weightiest reason, on a line of its own. */
function deviceText({ device }: ReportHost): string {
  if (!device || device.kind === 'unknown') return '';
  const why = device.why.length > 0 ? `: ${device.why.slice(0, 2).join('; ')}` : '';
  const sure = `${Math.round(device.confidence * 100)} %`;
  return `\n${wrap(`${deviceTitle(device.kind)} (${sure})${why}`, '    ')}`;
}

function hostsText(report: TriageReport): string[] {
  const risky = report.hosts.filter((h) => h.incidents.length > 0 && h.risk >= WORTH_A_LOOK).slice(0, HOSTS);
  if (risky.length === 0) return [];
  const rows = risky.map((h) => {
    const roles = h.roles.length > 0 ? `, ${h.roles.join(', ')}` : '';
    const why = deviceText(h);
    const known = [h.name ?? '', placeWords(h.place ?? {})].filter((part) => part !== '').join('; ');
    const name = known === '' ? '' : ` (${known})`;
    return `  ${h.address}${name}: risk ${Math.round(h.risk * 100)} %, ${plural(h.incidents.length, 'incident')}, sent ${formatBytes(h.bytesOut)}, received ${formatBytes(h.bytesIn)}${roles}${why}`;
  });
  return ['Hosts to look at first', ...rows, ''];
}

/** What a person reads: inputs and their damage, the verdict, incidents with evidence and what to do, hosts. */
export function summaryText(report: TriageReport): string {
  const { incidents, flows } = report;
  const cut = flows.cutShort > 0 ? `, ${formatCount(flows.cutShort)} of them cut short because the table was full` : '';
  const rest = incidents.slice(IN_FULL, IN_FULL + IN_BRIEF).map(header);
  const unlisted = incidents.length - IN_FULL - IN_BRIEF;
  const lines = [
    ...report.inputs.flatMap((input) => inputText(input, report.quality)),
    `${plural(flows.count, 'flow')} between ${plural(report.hostsTotal, 'address', 'addresses')}${cut}. ${scoresText(report)}`,
    ...packetDetectorLines(report.detectors),
    ...rulesLines(report),
    ...intelLines(report.intel ?? []),
    ...geoLines(report.geo ?? []),
    ...qualityLines(report),
    '',
    verdict(report),
    '',
    ...incidents.slice(0, IN_FULL).flatMap(incidentText),
    ...rest,
    ...(unlisted > 0 ? [`… and ${formatCount(unlisted)} more (see --json)`] : []),
    ...hostsText(report),
  ];
  return `${lines
    .map((l) => l.split('\n').map(printable).join('\n'))
    .join('\n')
    .trimEnd()}\n`;
}
