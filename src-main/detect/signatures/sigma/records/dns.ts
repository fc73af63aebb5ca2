/** dns.log: a question with its answer; alone where none comes within ten seconds, or before its flow ends. */
import type { DnsMessage, ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { DNS } from '../kinds.ts';
import { namesOf, orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';
import { OpenLines } from './open-lines.ts';

/** Kinds of records (IANA, "DNS Parameters"), as Zeek calls them. */
const TYPES: ReadonlyMap<number, string | readonly string[]> = new Map<number, string | readonly string[]>([
  ...([
    [1, 'A'],
    [2, 'NS'],
    [5, 'CNAME'],
    [6, 'SOA'],
    [10, 'NULL'],
    [12, 'PTR'],
    [13, 'HINFO'],
    [15, 'MX'],
    [16, 'TXT'],
    [17, 'RP'],
    [28, 'AAAA'],
    [29, 'LOC'],
    [32, 'NB'],
    [33, 'SRV'],
    [35, 'NAPTR'],
    [39, 'DNAME'],
    [43, 'DS'],
    [44, 'SSHFP'],
    [46, 'RRSIG'],
    [47, 'NSEC'],
    [48, 'DNSKEY'],
    [50, 'NSEC3'],
    [52, 'TLSA'],
    [64, 'SVCB'],
    [65, 'HTTPS'],
    [99, 'SPF'],
    [251, 'IXFR'],
    [252, 'AXFR'],
    [257, 'CAA'],
  ] as const),
  [255, ['*', 'ANY']],
]);
/** Answers' codes (RFC 6895, 2.3). */
const RCODES = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
  ...['YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'],
];
const PENDING_MAX = 64;
const PATIENCE = 10;
/** A message's head, and the kind and class of a question. */
const HEADER = 12;
const QUESTION = 4;

class DnsMaker implements Maker {
  readonly kinds = ['dns'] as const;
  readonly reads = ['dns'] as const;
  private readonly open = new OpenLines<DnsMessage[]>((waiting, desk) => {
    for (const one of waiting) tell(one, undefined, desk);
  });

  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'dns') return;
    const waiting = this.open.of(message.flow, message.sec, desk, () => []);
    while (waiting.length > 0 && (waiting.length >= PENDING_MAX || message.sec - waiting[0]!.sec > PATIENCE))
      tell(waiting.shift()!, undefined, desk);
    if (!message.response) {
      waiting.push(message);
      return;
    }
    const at = waiting.findIndex(({ id, qname, qtype }) => {
      return id === message.id && (message.qname === '' || (qname === message.qname && qtype === message.qtype));
    });
    const [asked] = at < 0 ? [] : waiting.splice(at, 1);
    tell(asked ?? message, message, desk);
  }

  ended(flow: EndedFlow, desk: Desk): void {
    this.open.ended(flow, desk);
  }

  finish(desk: Desk): void {
    this.open.finish(desk);
  }
}

/** No record of any kind followed the question, as Zeek has it. */
function isRejected({ variant, answers, size, qname }: DnsMessage): boolean {
  const name = qname === '' ? 1 : qname.length + 2;
  return variant === 'dns' && answers === 0 && size <= HEADER + name + QUESTION;
}

function tell(asked: DnsMessage, answer: DnsMessage | undefined, desk: Desk): void {
  const answers = answer ? [...answer.names, ...answer.addresses] : [];
  const values = {
    trans_id: asked.id,
    query: orNone(asked.qname),
    qtype: asked.qtype,
    qtype_name: TYPES.get(asked.qtype) ?? `query-${asked.qtype}`,
    rcode: answer?.rcode,
    rcode_name: answer && (RCODES[answer.rcode] ?? `rcode-${answer.rcode}`),
    AA: answer?.authoritative ?? false,
    answers: answers.length === 0 ? undefined : answers,
    rejected: answer !== undefined && isRejected(answer),
    rtt: answer && answer !== asked ? answer.sec - asked.sec + (answer.nano - asked.nano) / 1e9 : undefined,
  };
  desk.put(DNS, desk.common(asked), values, desk.ends(answer ?? asked, namesOf(asked.qname)));
}

export const dnsMaker = (): Maker => new DnsMaker();
