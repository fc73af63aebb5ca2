/** SIP (RFC 3261): who registers or calls, and whether the server lets him. */
import { findText, latin1, matches, own, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';
import { withoutSecrets } from '../secrets.ts';

const METHODS = [
  'INVITE',
  'REGISTER',
  'OPTIONS',
  'ACK',
  'BYE',
  'CANCEL',
  'SUBSCRIBE',
  'NOTIFY',
  'MESSAGE',
  'REFER',
  'INFO',
  'PRACK',
  'UPDATE',
  'PUBLISH',
];

const SCHEMES = ['SIP:', 'SIPS:', 'TEL:'];
/** Longest request line, and bytes of empty lines before it, that are looked at. */
const LINE_MAX = 512;
const EMPTY_MAX = 8;
const PORTS = [5060, 5061, 5080];
/** What some telephones keep their way through a translator open with. */
const GREETING = 'hello';

/** Bytes of a message that are read. */
const SHOWN = 2048;
const TO_USER = /^(?:To|t):[^\r\n]*?sips?:([^@:>;\s]{1,64})(?::[^@>\s]{0,64})?@/im;
const CREDENTIALS = /^(?:Proxy-)?Authorization:/im;
const SEQUENCE = /^CSeq:\s*\d{1,10}\s+([A-Z]{1,12})/im;
/** Transactions waited for: answers repeat the Call-ID. */
const CALL_ID = /^(?:Call-ID|i):\s*([^\r\n]{1,128})/im;
const FROM = /^(?:From|f):[^\r\n]{0,256}?sips?:([^>\r\n]{1,192})/im;
const TO = /^(?:To|t):[^\r\n]{0,256}?sips?:([^>\r\n]{1,192})/im;
const METHOD = /^([A-Z]{1,12}) /;
const STATUS = /^SIP\/2\.0 (\d{3}[^\r\n]{0,40})/;
const AGENT = /^(?:User-Agent|Server):[ \t]*([^\r\n]{1,128})/im;
const PENDING_MAX = 64;
const PENDING_BYTES = 96;

/** An address without its parameters and, whatever stands in it, without a password. */
function uri(said: string): string {
  const at = said.lastIndexOf('@');
  const host = /^[^;?\s]*/.exec(said.slice(at + 1))?.[0] ?? '';
  if (at < 0) return withoutSecrets(printable(host));
  const user = said.slice(0, at);
  const colon = user.search(/:|%3a/i);
  const account = /^[^;?/\s]*/.exec(colon < 0 ? user : user.slice(0, colon))?.[0] ?? '';
  return withoutSecrets(printable(`${account}${colon < 0 ? '' : ':…'}@${host}`));
}

class SipSession implements Session {
  /** Whether the last request of a call carried credentials. */
  private readonly pending = new Map<string, boolean>();

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    this.message(flow, latin1(data, at, end, SHOWN));
  }

  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    this.message(flow, latin1(data, at, end, SHOWN));
    return end;
  }

  gap(): boolean {
    return true;
  }

  private message(flow: FlowContext, text: string): void {
    if (!flow.stated('sip.to')) {
      flow.fact('sip.from', uri(FROM.exec(text)?.[1] ?? ''));
      flow.fact('sip.to', uri(TO.exec(text)?.[1] ?? ''));
    }
    flow.also('sip.method', METHOD.exec(text)?.[1] ?? '');
    flow.also('sip.status', printable(STATUS.exec(text)?.[1] ?? ''));
    flow.fact(text.startsWith('SIP/2.0 ') ? 'sip.server' : 'sip.agent', printable(AGENT.exec(text)?.[1] ?? ''));
    const call = own(CALL_ID.exec(text)?.[1] ?? '');
    if (call === '') return;
    if (text.startsWith('SIP/2.0 ')) this.answer(flow, text, call);
    else this.request(flow, text, call);
  }

  private request(flow: FlowContext, text: string, call: string): void {
    const credentials = CREDENTIALS.test(text);
    if (this.pending.size >= PENDING_MAX) this.forget(flow, this.pending.keys().next().value ?? '');
    this.forget(flow, call);
    if (flow.keep(PENDING_BYTES + call.length)) this.pending.set(call, credentials);
    if (text.startsWith('REGISTER ')) this.say(flow, 'attempt', text, 0);
  }

  private forget(flow: FlowContext, call: string): void {
    if (this.pending.delete(call)) flow.drop(PENDING_BYTES + call.length);
  }

  /** A refusal counts when a password was sent, or when the account does not exist or is forbidden. */
  private answer(flow: FlowContext, text: string, call: string): void {
    const code = Number(text.slice(8, 11));
    const method = SEQUENCE.exec(text)?.[1] ?? '';
    const credentials = this.pending.get(call) ?? false;
    if (code < 200 || (method !== 'REGISTER' && method !== 'INVITE')) return;
    this.forget(flow, call);
    if (code === 403 || code === 404 || (credentials && (code === 401 || code === 407)))
      this.say(flow, 'failed', text, code);
    else if (code < 300 && method === 'REGISTER') this.say(flow, 'succeeded', text, code);
  }

  private say(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', text: string, code: number): void {
    const user = TO_USER.exec(text)?.[1] ?? '';
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'sip', outcome, user, cleartext: false, code });
  }
}

/** Receivers pass over empty lines before a message (RFC 3261, 7.5). */
function afterEmptyLines(data: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && next < at + EMPTY_MAX && (data[next] === 0x0d || data[next] === 0x0a)) next++;
  return next;
}

function isGreeting(p: Probe): boolean {
  return !p.tcp && usual(p, PORTS) && p.end - p.at === GREETING.length && startsWith(p.data, p.at, p.end, GREETING);
}

function probe(p: Probe): Verdict {
  const { data, end } = p;
  if (data[p.at] === 0x68) return isGreeting(p) ? YES : NO;
  const at = afterEmptyLines(data, p.at, end);
  if (matches(data, at, end, 'SIP/2.0 ') === YES) return YES;
  for (const method of METHODS) {
    if (matches(data, at, end, method) !== YES) continue;
    const to = at + method.length + 1;
    for (const scheme of SCHEMES) if (startsWith(data, to, end, scheme, true)) return YES;
    return findText(data, ' SIP/2.0\r\n', to, Math.min(end, to + LINE_MAX)) > 0 ? YES : NO;
  }
  return NO;
}

export const sip: Inspector = {
  id: 'sip',
  over: 'both',
  ports: PORTS,
  first: [0x0d, 0x41, 0x42, 0x43, 0x49, 0x4d, 0x4e, 0x4f, 0x50, 0x52, 0x53, 0x55, 0x68],
  service: 'sip',
  app: 'SIP',
  probe,
  open: () => new SipSession(),
};
