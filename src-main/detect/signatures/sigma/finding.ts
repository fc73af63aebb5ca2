/** What a Sigma rule told, as a finding. Confidence by the rule's level: 0.3, 0.4, 0.6, 0.75 and 0.9. */
import { SIGMA_DETECTOR_MAX, sigmaRuleWords } from '../../../../src-shared/domain/sigma-words.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import { BoundedSet } from '../../behaviours/common/bounded.ts';
import { Case } from '../../behaviours/common/casebook.ts';
import { fact, makeFinding } from '../../behaviours/common/finding.ts';
import { counted, formatList, within } from '../../behaviours/common/words.ts';
import type { Finding, PacketTime } from '../../types.ts';
import type { EventEnds, LogEvent } from './event.ts';
import type { Head, Level } from './head.ts';

const MEMBERS = 1000;
const CONFIDENCE: Readonly<Record<Level, number>> = {
  informational: 0.3,
  low: 0.4,
  medium: 0.6,
  high: 0.75,
  critical: 0.9,
};
/** Fields of an event that are shown, and letters of each. */
const SHOWN_MAX = 8;
const LETTERS = 120;

/** How often a rule told of one host, or of one group. */
export class Told extends Case {
  readonly head: Head;
  readonly sources = new BoundedSet<number>(MEMBERS);
  readonly targets = new BoundedSet<number>(MEMBERS);
  readonly ports = new BoundedSet<number>(MEMBERS);
  readonly names = new BoundedSet<string>(MEMBERS);
  /** Alerts: of rules that count, so many times it was enough. */
  alerts = 0;
  /** Cells of the first event that are worth showing. */
  readonly shown: string;
  /** What came together, where the rule counts. */
  readonly counts: string;

  constructor(first: PacketTime, head: Head, shown: string, counts: string) {
    super(first);
    this.head = head;
    this.shown = shown;
    this.counts = counts;
  }

  add(ends: EventEnds): void {
    this.saw({ sec: ends.sec, nano: ends.nano }, ends.flow);
    if (ends.orig > 0) this.sources.add(ends.orig);
    if (ends.resp > 0) this.targets.add(ends.resp);
    if (ends.respPort > 0) this.ports.add(ends.respPort);
    for (const name of ends.names) this.names.add(name.toLowerCase());
  }
}

/** What the rule is known by in lists of detectors. */
export function detectorOf({ id, title }: Head): string {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `sigma:${(id === '' ? slug : id).slice(0, SIGMA_DETECTOR_MAX)}`;
}

/** "query = evil.example, qtype_name = TXT": the fields of the event by number, as far as they have a value. */
export function shownCells(event: LogEvent, fields: Iterable<number>): string {
  const parts: string[] = [];
  for (const field of fields) {
    if (parts.length >= SHOWN_MAX) break;
    const [text] = event.texts(field);
    if (text === undefined) continue;
    const cut = text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text;
    parts.push(`${event.kind.fields[field]!} = ${cut}`);
  }
  return parts.join(', ');
}

/** "A to B": who the events are between, as far as they name somebody. */
function endsOf({ sources, targets }: Told, hosts: HostTable): string {
  const shown = (some: BoundedSet<number>): string =>
    formatList(
      [...some.members].slice(0, 2).map((host) => hosts.address(host)),
      2,
      some.size,
    );
  const ends = [sources, targets].filter((some) => some.size > 0).map(shown);
  return ends.join(' to ');
}

function adviceOf({ title, references, falsePositives }: Head): string[] {
  const causes = falsePositives.map((one) => one.replace(/\.$/, '')).join('; ');
  return [
    ...(causes === '' ? [] : [`Harmless causes that the Sigma rule “${title}” names: ${causes.slice(0, 400)}.`]),
    ...(references.length === 0
      ? []
      : [`What the Sigma rule “${title}” looks for is described at ${references[0]!.slice(0, 200)}`]),
    `To be sure, look at these flows beside the Sigma rule “${title}”, and ask the owner of the machine what was meant.`,
  ];
}

/** Each line names the rule: in one incident those of several stand together. */
function evidenceOf({ head, counts, alerts, count, shown, ports }: Told, ends: string): Finding['evidence'] {
  const service = ports.size === 1 ? `port ${[...ports.members][0]}` : '';
  const whose = [ends, service].filter(Boolean).join(', ');
  const rule = sigmaRuleWords(head);
  return [
    fact(`Events that matched the ${rule}${whose === '' ? '' : `: ${whose}`}`, count, 'events'),
    ...(counts === '' ? [] : [fact(`Times that ${counts}, by “${head.title}”`, alerts, 'times')]),
    ...(shown === '' ? [] : [fact(`First event of “${head.title}”: ${shown}`, 1, 'event')]),
  ];
}

export function toldFinding(told: Told, hosts: HostTable): Finding {
  const { head } = told;
  const ends = endsOf(told, hosts);
  const often = `${counted(told.count, 'record')}${within(told.seconds)} matched the Sigma rule “${head.title}”.`;
  return makeFinding({
    detector: detectorOf(head),
    kind: head.kind,
    severity: head.severity,
    confidence: CONFIDENCE[head.level],
    title: ends === '' ? head.title : `${head.title}: ${ends}`,
    technique: head.technique,
    advice: adviceOf(head),
    summary: head.description === '' ? often : `${often} ${head.description.slice(0, 600)}`,
    sources: told.sources.members,
    targets: told.targets.members,
    ports: told.ports.members,
    domains: told.names.members,
    first: told.first,
    decided: told.decided ?? told.last,
    last: told.last,
    evidence: evidenceOf(told, ends),
    flows: told.flows,
  });
}
