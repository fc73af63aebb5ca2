/**
 * What a report of a capture says: on its first page, for who decides, what is wrong, who is concerned and what to do first; after it,
 * for who looks into it, the evidence of each incident, the hosts, and how it was judged. The same report gives the same document.
 */
import { formatBytes, formatCount, plural } from '../../../../src-shared/domain/amounts.ts';
import { withoutTold } from '../../../../src-shared/domain/capture-quality.ts';
import { deviceTitle } from '../../../../src-shared/domain/device-kinds.ts';
import { SEVERITIES } from '../../../../src-shared/domain/incident.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import type { Incident, ReportHost, ReportInput, TriageReport } from '../../../../src-shared/domain/report.ts';
import { calendarTime, formatDuration } from '../../../../src-shared/domain/time.ts';
import type { Bar, Block, ReportDocument } from './document.ts';
import { firstSteps, incidentBlocks, listed, per, PSEUDONYMS, WORDS } from './incident.ts';
import { plain } from './plain.ts';

/** On the first page. */
const BARS = 6;
const FIRST_HOSTS = 5;
/** Told with all evidence; the others are listed. */
const IN_FULL = 100;
const LISTED = 1000;
const HOSTS = 100;

const ms = (time: string): number => Date.parse(`${calendarTime(time).slice(0, 23)}Z`);
const moment = (time: string): string => `${calendarTime(time).slice(0, 19).replace('T', ' ')} UTC`;

function counts(incidents: readonly Incident[]): string {
  const parts = SEVERITIES.toReversed().map((severity) => {
    const count = incidents.filter((i) => i.severity === severity).length;
    return count === 0 ? '' : plural(count, severity === 'critical' ? 'critical incident' : WORDS[severity]);
  });
  return parts.filter(Boolean).join(', ');
}

/** One sentence for who reads no further. */
function verdict({ incidents, flows }: TriageReport): string {
  const [worst] = incidents;
  if (flows.count === 0) return 'No IP traffic was found, so there was next to nothing to judge.';
  if (!worst) return 'Nothing stands out in this traffic.';
  if (worst.severity === 'info') return 'Nothing calls for action. Some of the traffic is unusual and noted below.';
  const many = incidents.filter((i) => i.severity === worst.severity).length;
  const grade = worst.severity === 'critical' ? 'needs action now' : 'should be looked at';
  return many === 1 ? `One thing ${grade}.` : `${formatCount(many)} things ${grade.replace('needs', 'need')}.`;
}

function span(inputs: readonly ReportInput[]): { first: string; last: string } | undefined {
  const firsts = inputs
    .flatMap((i) => i.firstTs ?? [])
    .map(calendarTime)
    .toSorted();
  const lasts = inputs
    .flatMap((i) => i.lastTs ?? [])
    .map(calendarTime)
    .toSorted();
  const first = firsts[0];
  const last = lasts.at(-1);
  return first === undefined || last === undefined ? undefined : { first, last };
}

function overview(report: TriageReport): Block[] {
  const { inputs, incidents, flows } = report;
  const packets = inputs.reduce((sum, i) => sum + i.packets, 0);
  const bytes = inputs.reduce((sum, i) => sum + i.bytes, 0);
  const time = span(inputs);
  const warnings = inputs.reduce((sum, i) => sum + withoutTold(i.warnings, report.quality).length, 0);
  const rows: [string, string][] = [
    ['Found', counts(incidents) || 'nothing'],
    ['Traffic', `${plural(packets, 'packet')}, ${formatBytes(bytes)}, ${plural(flows.count, 'flow')}`],
    ['Hosts', formatCount(report.hostsTotal)],
  ];
  if (report.anonymised) rows.push(['Anonymised', PSEUDONYMS]);
  if (time) {
    const length = formatDuration(Math.max(0, ms(time.last) - ms(time.first)) / 1000);
    rows.push(['Time', `${moment(time.first)} to ${moment(time.last)} (${length})`]);
  }
  if (report.suppressed > 0) rows.push(['Left out', `${plural(report.suppressed, 'incident')} that someone expects`]);
  const { quality = [] } = report;
  if (quality.length > 0)
    rows.push(['Doubts', `${quality.map(({ title }) => title).join('; ')}: see “Can this capture be trusted?”`]);
  if (warnings > 0)
    rows.push(['Not all of it', `${plural(warnings, 'warning')} about the capture: see “What was read”`]);
  return [{ kind: 'facts', rows }];
}

function timeline(report: TriageReport): Block[] {
  const time = span(report.inputs);
  const bars = report.incidents
    .filter((i) => i.severity !== 'info')
    .slice(0, BARS)
    .map((i): Bar => ({ label: i.title, severity: i.severity, first: ms(i.firstTs), last: ms(i.lastTs) }));
  if (!time || bars.length === 0) return [];
  return [
    { kind: 'heading', level: 2, text: 'When' },
    { kind: 'timeline', from: ms(time.first), to: ms(time.last), bars },
  ];
}

function hostText({ address, name }: ReportHost): string {
  return name === undefined ? address : `${address} (${name})`;
}

function riskyHosts(hosts: readonly ReportHost[], most: number): Block[] {
  const shown = hosts.filter((h) => h.incidents.length > 0).slice(0, most);
  if (shown.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [
        { title: 'Host', width: 5 },
        { title: 'Taken for', width: 3 },
        { title: 'Risk', right: true, width: 1.2 },
        { title: 'Incidents', right: true, width: 1.6 },
        { title: 'Sent', right: true, width: 1.7 },
        { title: 'Received', right: true, width: 1.7 },
      ],
      rows: shown.map((h) => [
        hostText(h),
        h.device && h.device.kind !== 'unknown' ? deviceTitle(h.device.kind) : h.roles.join(', '),
        per(h.risk),
        formatCount(h.incidents.length),
        formatBytes(h.bytesOut),
        formatBytes(h.bytesIn),
      ]),
    },
  ];
}

function listedIncidents(incidents: readonly Incident[]): Block[] {
  if (incidents.length === 0) return [];
  const left = incidents.length - LISTED;
  return [
    { kind: 'heading', level: 2, text: 'Further incidents' },
    {
      kind: 'table',
      columns: [
        { title: 'No.', right: true, width: 1 },
        { title: 'Severity', width: 1.5 },
        { title: 'What', width: 6 },
        { title: 'Since', width: 3 },
      ],
      rows: incidents.slice(0, LISTED).map((i) => [String(i.id), WORDS[i.severity], i.title, moment(i.firstTs)]),
    },
    ...(left > 0 ? [{ kind: 'text', text: `and ${formatCount(left)} more.` } as const] : []),
  ];
}

/** What is wrong with the capture as such, and how to mend it. */
function qualityBlocks({ quality = [] }: TriageReport): Block[] {
  if (quality.length === 0) return [];
  const rows = quality.map(({ title, message, effect, cure }): [string, string] => [
    title,
    `${message} ${effect} ${cure}`,
  ]);
  return [
    { kind: 'heading', level: 2, text: 'Can this capture be trusted?' },
    { kind: 'facts', rows },
  ];
}

function inputBlocks(input: ReportInput): Block[] {
  const rows: [string, string][] = [
    ['File', input.path],
    ['SHA-256', input.sha256],
    ['Format', [input.format, ...input.linkTypes].join(', ')],
    ['Size', `${plural(input.packets, 'packet')}, ${formatBytes(input.bytes)}`],
  ];
  const warnings = input.warnings.map(({ message, code, offset, count }) => {
    const times = count > 1 ? `, ${formatCount(count)} times` : '';
    return `${message} (${code}, at byte ${formatCount(offset)}${times})`;
  });
  return [{ kind: 'facts', rows }, ...(warnings.length > 0 ? [{ kind: 'list', items: warnings } as const] : [])];
}

function judgedBy({ version, profile, networks, budget, model, status, detectors, flows }: TriageReport): Block[] {
  const scored = {
    scored: `${plural(flows.anomalous, 'flow')} stood out to the detectors`,
    insufficient: 'too few flows for the detectors to judge; known behaviours were looked for all the same',
    'not-scored': 'flows were not scored',
  }[status];
  const rows: [string, string][] = [
    ['Sonde', version],
    ['Kind of network', `${profile.name}: ${profile.reason}`],
    ['Networks that are yours', networks && networks.length > 0 ? networks.join(', ') : 'the private ones'],
    ['Scores', scored],
  ];
  if (model) rows.push(['Model', `${model.name}${model.fittedToCapture ? ', and this capture itself' : ''}`]);
  if (budget) rows.push(['Alarm budget', `${budget.perDay} a day; ${formatCount(budget.raised)} raised within it`]);
  if (detectors.length > 0)
    rows.push(['Detectors', detectors.map(({ id, status: state }) => `${id} (${state})`).join(', ')]);
  return [{ kind: 'facts', rows }];
}

const LIMITS: readonly string[] = [
  'What is encrypted is judged by names, sizes and times; its content was not seen.',
  'Only what passed where the capture was taken is in it.',
  'Nothing found is no proof that nothing is wrong.',
];

/** Of the report's files, at most this many are told; a case has few. */
const INPUTS = 50;

export function reportDocument(report: TriageReport): ReportDocument {
  const names = report.inputs.map(({ path }) =>
    path === '-' ? 'standard input' : (path.split(/[\\/]/).at(-1) ?? path),
  );
  const subject = listed(names, names.length, 3);
  const time = span(report.inputs);
  const blocks: Block[] = [
    { kind: 'title', text: 'What is in this traffic', under: subject },
    { kind: 'text', text: verdict(report), strong: true },
    ...overview(report),
    ...firstSteps(report.incidents),
    ...qualityBlocks(report),
    ...timeline(report),
    ...(report.hosts.some((h) => h.incidents.length > 0)
      ? [{ kind: 'heading', level: 2, text: 'Hosts to look at first' } as const]
      : []),
    ...riskyHosts(report.hosts, FIRST_HOSTS),
    { kind: 'page' },
    ...(report.incidents.length > 0 ? [{ kind: 'heading', level: 2, text: 'Incidents' } as const] : []),
    ...report.incidents.slice(0, IN_FULL).flatMap((incident) => incidentBlocks(incident, incident.id, moment)),
    ...listedIncidents(report.incidents.slice(IN_FULL)),
    ...(report.hosts.filter((h) => h.incidents.length > 0).length > FIRST_HOSTS
      ? [{ kind: 'heading', level: 2, text: 'Hosts' } as const, ...riskyHosts(report.hosts, HOSTS)]
      : []),
    { kind: 'heading', level: 2, text: 'What was read' },
    ...report.inputs.slice(0, INPUTS).flatMap(inputBlocks),
    { kind: 'heading', level: 2, text: 'How it was judged' },
    ...judgedBy(report),
    { kind: 'heading', level: 2, text: 'What this cannot tell' },
    { kind: 'list', items: LIMITS },
  ];
  return { title: `Sonde: ${plainText(subject)}`, date: time ? ms(time.last) : 0, blocks: blocks.map(plain) };
}
