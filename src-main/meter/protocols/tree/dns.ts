/** DNS (RFC 1035), also as mDNS and LLMNR speak it. */
import { ipv4Of, ipv6Of } from './addresses.ts';
import { hexText, named, shown, type Next, type Part } from './part.ts';

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  41: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  252: 'AXFR',
  255: 'ANY',
};
const typeWords = named(TYPES);

const CODES: Readonly<Record<number, string>> = {
  0: 'no error',
  1: 'format error',
  2: 'server failure',
  3: 'no such name',
  4: 'not implemented',
  5: 'refused',
};

/** Records that are told. */
const RECORDS_MAX = 60;
/** Pointers that are followed in a name, and its bytes. */
const JUMPS_MAX = 16;
const NAME_MAX = 255;

interface Name {
  text: string;
  /** Where it ends in the record itself. */
  end: number;
}

/** `start`: of the message; pointers count from there. A name that breaks off or runs in circles is told as far as it goes. */
function nameAt({ bytes, end: limit }: Part, start: number, from: number): Name {
  let [at, end, text] = [from, -1, ''];
  for (let jumps = 0, length = 0; at < limit && length <= NAME_MAX;) {
    const size = bytes[at]!;
    if (size === 0) return { text: text === '' ? '<Root>' : text, end: end < 0 ? at + 1 : end };
    if (size >= 0xc0) {
      if (end < 0) end = Math.min(limit, at + 2);
      if (at + 1 >= limit || ++jumps > JUMPS_MAX) break;
      at = start + (((size & 0x3f) << 8) | bytes[at + 1]!);
    } else {
      text += `${text === '' ? '' : '.'}${shown(bytes.subarray(at + 1, Math.min(limit, at + 1 + size)))}`;
      at += 1 + size;
      length += 1 + size;
    }
  }
  return { text: `${text}…`, end: end < 0 ? Math.min(at, limit) : end };
}

function takeName(part: Part, start: number, id: string): string {
  const { text, end } = nameAt(part, start, part.at);
  part.about(id, 'Name', part.at, end, text);
  part.at = end;
  return text;
}

function question(part: Part, start: number): string {
  const name = takeName(part, start, 'dns.qry.name');
  part.depth = 1;
  const type = part.number('dns.qry.type', 'Type', 2, typeWords);
  part.hex('dns.qry.class', 'Class', 2);
  part.depth = 0;
  return `${TYPES[type] ?? `type ${type}`} ${name}`;
}

function answer(part: Part, start: number): string {
  takeName(part, start, 'dns.resp.name');
  part.depth = 1;
  const type = part.number('dns.resp.type', 'Type', 2, typeWords);
  // RFC 6891: of the pseudo-record OPT these mean something else.
  if (type === 41) {
    part.number('dns.rr.udp_payload_size', 'Largest answer', 2);
    part.hex('dns.resp.ext', 'Extended flags', 4);
  } else {
    part.hex('dns.resp.class', 'Class', 2);
    part.number('dns.resp.ttl', 'Time to live', 4, (v) => `${v} s`);
  }
  const size = part.number('dns.resp.len', 'Length', 2);
  part.need(size);
  const said = data(part, start, type, size);
  part.depth = 0;
  return said;
}

/** What a record says, as one field. */
function data(part: Part, start: number, type: number, size: number): string {
  const [from, to] = [part.at, part.at + size];
  const bytes = part.bytes.subarray(from, to);
  const tell = (id: string, name: string, value: string): string => {
    part.about(id, name, from, to, value);
    part.at = to;
    return value;
  };
  if (type === 1 && size === 4) return tell('dns.a', 'Address', ipv4Of(bytes));
  if (type === 28 && size === 16) return tell('dns.aaaa', 'Address', ipv6Of(bytes));
  if ([2, 5, 12].includes(type)) return tell('dns.name', 'Name', nameAt(part, start, from).text);
  if (type === 15 && size > 2) return tell('dns.mx', 'Mail server', nameAt(part, start, from + 2).text);
  if (type === 33 && size > 6) return tell('dns.srv', 'Server', nameAt(part, start, from + 6).text);
  if (type === 16) return texts(part, from, to);
  tell('dns.data', 'Data', `${size} bytes`);
  return TYPES[type] ?? `type ${type}`;
}

/** Strings behind their lengths. */
function texts(part: Part, from: number, to: number): string {
  let all = '';
  for (let at = from; at < to;) {
    const end = Math.min(to, at + 1 + part.bytes[at]!);
    const text = shown(part.bytes.subarray(at + 1, end));
    part.about('dns.txt', 'Text', at + 1, end, text);
    all += text.slice(0, NAME_MAX);
    at = end;
  }
  part.at = to;
  return all.slice(0, NAME_MAX);
}

export function dns(part: Part): Next | null {
  const start = part.at;
  const id = part.hex('dns.id', 'Identifier', 2);
  const isAnswer = (part.peek(2) & 0x8000) !== 0;
  const code = part.peek(2) & 15;
  const words = (v: number): string =>
    `${hexText(v, 4)} (${isAnswer ? `answer, ${CODES[code] ?? `code ${code}`}` : 'question'})`;
  part.number('dns.flags', 'Flags', 2, words);
  const questions = part.number('dns.count.queries', 'Questions', 2);
  const answers = part.number('dns.count.answers', 'Answers', 2);
  const more = part.number('dns.count.auth_rr', 'Of authority', 2) + part.number('dns.count.add_rr', 'Additional', 2);
  part.summary = `DNS ${isAnswer ? 'answer' : 'question'} ${hexText(id, 4)}`;
  const said: string[] = [];
  for (let i = 0; i < Math.min(questions, RECORDS_MAX) && part.left > 0; i++) {
    said.push(question(part, start));
    part.summary += ` ${said.at(-1)!}`;
  }
  const told: string[] = [];
  for (let i = 0; i < Math.min(answers + more, RECORDS_MAX) && part.left > 0; i++) {
    const one = answer(part, start);
    if (i < answers) told.push(one);
  }
  if (questions > RECORDS_MAX || answers + more > RECORDS_MAX)
    part.note = `Only the first ${RECORDS_MAX} records are listed.`;
  if (isAnswer)
    part.summary += code === 0 ? `: ${told.slice(0, 4).join(', ') || 'nothing'}` : `: ${CODES[code] ?? `code ${code}`}`;
  return null;
}

/** RFC 7766: a length stands before each message. */
export function dnsOverTcp(part: Part): Next | null {
  const length = part.number('dns.length', 'Length', 2);
  part.end = Math.min(part.end, part.at + length);
  return part.rest('dns');
}
