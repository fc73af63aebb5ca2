/**
 * A contact with an entry of a list, as a finding.
 *
 * Kind: `command-and-control` where a list says that machines take orders there; `intrusion-attempt` where a listed address
 * turns to a host of ours; else `unusual-destination`. Severity by the best confidence of an entry: of command servers
 * critical from 75 % and a warning from 50 %, of all else a warning from 50 %; who only knocks, unanswered, is a note.
 * An entry for another port than the one used counts 0.7; a doubtful one is a note whatever its list says.
 *
 * A technique of ATT&CK is named only where a list says what its entry is for, and the host got through to it: application
 * layer protocols (T1071) with a command server, the transfer of a tool (T1105) where malware is fetched. That a listed address turns to a
 * host of ours says nothing of what it wants there.
 */
import type { IncidentKind, Severity } from '../../../../src-shared/domain/incident.ts';
import { fact, factUnlessZero, makeFinding } from '../../behaviours/common/finding.ts';
import { counted, formatBytes, within } from '../../behaviours/common/words.ts';
import type { BehaviourContext, Finding } from '../../types.ts';
import type { Contact } from './contact.ts';
import { dayOf } from './dates.ts';
import type { Hit } from './types.ts';
import { doubtOfAddress, doubtOfName } from './well-known.ts';

export const DETECTOR = 'intel';

const CRITICAL_FROM = 75;
const WARNING_FROM = 50;
const OTHER_PORT = 0.7;
const DOUBTFUL = 0.3;
const CONFIDENCE_MAX = 0.95;
/** Entries that are told. */
const HITS_TOLD = 6;
const SHOWN_MAX = 200;

interface Weighed extends Hit {
  /** 0…100, after port and doubt. */
  sure: number;
  doubt: string;
}

function weighed(hit: Hit, contact: Contact): Weighed {
  const { sight } = contact;
  const isNamed = sight === 'question' || sight === 'name';
  const doubt = sight === 'address' ? doubtOfAddress(contact.shown) : isNamed ? doubtOfName(hit.value) : '';
  const onPort = hit.port === 0 || (!contact.inbound && (sight !== 'address' || contact.ports.members.has(hit.port)));
  return {
    ...hit,
    doubt,
    sure: Math.round(hit.confidence * (onPort ? 1 : OTHER_PORT) * (doubt === '' ? 1 : DOUBTFUL)),
  };
}

/** What a list says an entry is, to follow "lists". */
function role({ threat, label }: Hit, contact: Contact): string {
  if (contact.sight === 'client') return label === '' ? ' as that of malware' : ` as that of ${label}`;
  if (contact.sight === 'certificate') {
    const whose = threat === 'command' ? ' as that of a command server' : '';
    if (label === '') return whose;
    return whose === '' ? ` as that of ${label}` : `${whose} of ${label}`;
  }
  if (threat === 'command') return label === '' ? ' as a command server' : ` as a command server of ${label}`;
  if (threat === 'payload') return ` as a place that spreads malware${label === '' ? '' : ` (${label})`}`;
  return label === '' ? '' : ` as “${label}”`;
}

/** Where an entry may be more than what was seen: a network, a name above. */
const PARTS: ReadonlySet<Contact['sight']> = new Set(['address', 'question', 'name']);

function whichLists(lead: Hit, contact: Contact, shown: string): string {
  const isPart = PARTS.has(contact.sight) && lead.value !== contact.shown;
  return `${shown}, which ${lead.list.source} lists${isPart ? ` (${lead.value})` : ''}${role(lead, contact)}`;
}

function titleOf(contact: Contact, lead: Hit, who: string, servers: readonly string[]): string {
  const shown = contact.shown.length > SHOWN_MAX ? `${contact.shown.slice(0, SHOWN_MAX)}…` : contact.shown;
  const listed = whichLists(lead, contact, shown);
  switch (contact.sight) {
    case 'address':
      if (contact.inbound) return `${listed}, ${contact.answered ? 'reached' : 'tried to reach'} ${who}`;
      return `${who} ${contact.answered ? 'contacted' : 'tried to reach'} ${listed}`;
    case 'question':
      return `${who} asked for ${listed}`;
    case 'name':
      return `${who} contacted ${listed}`;
    case 'url':
      return `${who} asked for ${listed}`;
    case 'client':
      return `A program on ${who} has the TLS fingerprint ${listed}`;
    case 'certificate': {
      const where = [...contact.names.members, ...servers][0] ?? 'a server';
      return `${who} contacted ${where}, whose certificate ${lead.list.source} lists${role(lead, contact)}`;
    }
  }
}

function kindOf(contact: Contact, hits: readonly Weighed[]): IncidentKind {
  if (contact.inbound) return 'intrusion-attempt';
  return hits.some(({ threat, doubt }) => threat === 'command' && doubt === '')
    ? 'command-and-control'
    : 'unusual-destination';
}

function severityOf(contact: Contact, kind: IncidentKind, hits: readonly Weighed[]): Severity {
  const best = (some: readonly Weighed[]): number => Math.max(0, ...some.map(({ sure }) => sure));
  if (hits.every(({ doubt }) => doubt !== '')) return 'info';
  if (contact.inbound && !contact.answered) return 'info';
  const isCommand = kind === 'command-and-control';
  if (isCommand && best(hits.filter(({ threat }) => threat === 'command')) >= CRITICAL_FROM) return 'critical';
  return best(hits) >= WARNING_FROM ? 'warning' : 'info';
}

const TECHNIQUES = {
  command: [{ id: 'T1071', name: 'Application Layer Protocol' }],
  payload: [{ id: 'T1105', name: 'Ingress Tool Transfer' }],
  other: [],
} as const;

function techniqueOf(contact: Contact, hits: readonly Weighed[]): NonNullable<Finding['technique']> {
  const reached = contact.sight === 'address' ? contact.answered : contact.sight !== 'question';
  if (contact.inbound || !reached) return [];
  const sure = hits.filter(({ doubt }) => doubt === '');
  if (sure.some(({ threat }) => threat === 'command')) return TECHNIQUES.command;
  // To have been there is not yet to have fetched something; a URL that was asked for is.
  return contact.sight === 'url' && sure.some(({ threat }) => threat === 'payload') ? TECHNIQUES.payload : [];
}

/** The list's own name, and its file's where that says more. */
function sourceOf({ list }: Hit): string {
  return list.shown.startsWith(list.source) ? list.shown : `${list.source} (${list.shown})`;
}

function evidenceOf(contact: Contact, hits: readonly Weighed[]): Finding['evidence'] {
  const entries = hits.slice(0, HITS_TOLD).map((hit) => {
    const { value, added, expires, port, confidence } = hit;
    const when = [
      added === 0 ? '' : `, added ${dayOf(added)}`,
      expires === 0 ? '' : `, valid until ${dayOf(expires)}`,
      port === 0 ? '' : `, for port ${port}`,
    ].join('');
    return fact(`Listed by ${sourceOf(hit)}: ${value}${role(hit, contact)}${when}; confidence`, confidence, '%');
  });
  const doubts = [...new Set(hits.map(({ doubt }) => doubt).filter((doubt) => doubt !== ''))];
  return [
    ...entries,
    ...doubts.map((doubt) =>
      fact(`Doubtful entries: ${doubt}`, hits.filter((hit) => hit.doubt === doubt).length, 'entries'),
    ),
    fact(
      contact.sight === 'question' ? 'Questions' : 'Contacts',
      contact.count,
      contact.sight === 'question' ? 'questions' : 'contacts',
    ),
    ...factUnlessZero('Bytes exchanged', contact.bytes, 'bytes'),
  ];
}

function summaryOf(contact: Contact, hits: readonly Weighed[]): string {
  const sources = [...new Set(hits.map(({ list }) => list.source))];
  const doubt = hits.find((hit) => hit.doubt !== '')?.doubt;
  const often = counted(contact.count, contact.sight === 'question' ? 'question' : 'contact');
  const answered = contact.sight === 'address' && !contact.answered ? ', none answered' : '';
  return [
    `${often}${within(contact.seconds)}${answered}${contact.bytes > 0 ? `, ${formatBytes(contact.bytes)} exchanged` : ''}.`,
    sources.length > 1 ? `${sources.length} lists name it: ${sources.join(', ')}.` : '',
    doubt === undefined ? '' : `The entry is doubtful: ${doubt}.`,
    contact.sight === 'client' ? 'Other programs can have the same fingerprint.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export function contactFinding(contact: Contact, context: BehaviourContext): Finding {
  const hits = contact.hits.map((hit) => weighed(hit, contact)).sort((a, b) => b.sure - a.sure);
  const lead = hits[0]!;
  const kind = kindOf(contact, hits);
  const who = context.hosts.address(contact.host);
  const others = contact.targets.members;
  return makeFinding({
    detector: DETECTOR,
    kind,
    severity: severityOf(contact, kind, hits),
    confidence: Math.min(CONFIDENCE_MAX, lead.sure / 100),
    title: titleOf(
      contact,
      lead,
      who,
      [...others].map((host) => context.hosts.address(host)),
    ),
    technique: techniqueOf(contact, hits),
    summary: summaryOf(contact, hits),
    sources: contact.inbound ? others : [contact.host],
    targets: contact.inbound ? [contact.host] : others,
    ports: contact.ports.members,
    domains: contact.names.members,
    first: contact.first,
    decided: contact.decided ?? contact.last,
    last: contact.last,
    evidence: evidenceOf(contact, hits),
    flows: contact.flows,
    bytes: contact.bytes,
  });
}
