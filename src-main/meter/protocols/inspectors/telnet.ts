/** Telnet (RFC 854): option negotiation at the start, then who logs in and whether the server lets him. */
import { cut, latin1, own, printable } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const IAC = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
/** Characters of the server's last words that are looked at. */
const TAIL = 160;
const USER_MAX = 64;
/** Logins reported a connection. */
const LOGINS_MAX = 64;
/** Text of the server since the last login, after which nobody is logging in any more. What the client sends could be anything. */
const TEXT_MAX = 16_384;

const ASKS_USER = /(?:login|user ?name|user|account|benutzer(?:name)?|utilisateur|usuario|utente)\s*:\s*$/i;
const ASKS_PASSWORD =
  /(?:pass|pwd|pin|kennwort|mot de passe|mdp|contrase|clave|senha|has[lł]o|wachtwoord|secret|token|code)[^\n:]{0,24}:\s*$/i;
const REFUSES = /incorrect|invalid|failed|denied|bad (?:password|login|user)|not (?:correct|authori[sz]ed)|wrong/i;
const LETS_IN = /[$#>%]\s*$|last login|welcome|busybox/i;

const USER = 1;
const PASSWORD = 2;
const SENT = 3;

class TelnetSession implements Session {
  private state = 0;
  private user = '';
  /** The account's line is over, or was typed before it was asked for: what is typed next may be the password. */
  private named = false;
  /** A line was typed behind the account's: the password, before it was asked for. */
  private ahead = false;
  private tail = '';
  private logins = 0;
  private seen = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const text = plain(data, at, end);
    if (!fromOrig) this.seen += text.length;
    if (this.seen > TEXT_MAX || this.logins >= LOGINS_MAX) {
      flow.finish();
      return end;
    }
    if (!fromOrig && !flow.stated('telnet.banner')) flow.fact('telnet.banner', banner(text));
    if (fromOrig) this.typed(flow, text);
    else this.shown(flow, text);
    return end;
  }

  gap(): boolean {
    return true;
  }

  private shown(flow: FlowContext, text: string): void {
    this.tail = own((this.tail + text).slice(-TAIL));
    if (this.state === USER && this.ahead && (ASKS_PASSWORD.test(this.tail) || REFUSES.test(this.tail)))
      this.sent(flow);
    if (this.state === SENT) {
      if (REFUSES.test(this.tail)) this.outcome(flow, 'failed');
      else if (ASKS_USER.test(this.tail)) this.outcome(flow, 'failed');
      else if (LETS_IN.test(this.tail)) this.outcome(flow, 'succeeded');
      else return;
    }
    if (this.state === 0 && ASKS_USER.test(this.tail)) {
      this.state = USER;
      this.user = '';
    } else if (this.state <= USER && ASKS_PASSWORD.test(this.tail)) this.state = PASSWORD;
  }

  private typed(flow: FlowContext, text: string): void {
    if (this.state === 0) this.named ||= text.trim() !== '';
    else if (this.state === USER) {
      const line = text.search(/[\r\n\0]/);
      if (!this.named) this.user = cut(this.user + (line < 0 ? text : text.slice(0, line)), USER_MAX);
      if (line < 0 || this.user.trim() === '') return;
      this.named = true;
      this.ahead = /[^\r\n\0]+[\r\n]/.test(text.slice(line));
    } else if (this.state === PASSWORD && /[\r\n]/.test(text)) {
      this.tail = '';
      this.sent(flow);
    }
  }

  private sent(flow: FlowContext): void {
    this.state = SENT;
    this.ahead = false;
    this.say(flow, 'attempt');
  }

  private outcome(flow: FlowContext, outcome: 'failed' | 'succeeded'): void {
    this.state = 0;
    this.named = false;
    this.seen = 0;
    this.say(flow, outcome);
  }

  private say(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded'): void {
    this.logins++;
    const user = printable(this.user.trim());
    flow.also('telnet.user', user);
    if (outcome !== 'attempt') flow.also('telnet.login', outcome);
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'telnet',
      outcome,
      user,
      cleartext: outcome === 'attempt',
      code: 0,
    });
  }
}

/** The first line of the text that says something and asks for nothing. */
function banner(text: string): string {
  const line = text.split(/[\r\n]+/).find((part) => /[A-Za-z]{3}/.test(part)) ?? '';
  return ASKS_USER.test(line) || ASKS_PASSWORD.test(line) ? '' : printable(line.trim()).slice(0, 128);
}

/** The text between commands: IAC and two bytes, or everything up to the end of a subnegotiation. */
function plain(data: Uint8Array, at: number, end: number): string {
  let text = '';
  let from = at;
  for (let i = at; i < end; i++) {
    if (data[i] !== IAC) continue;
    text += latin1(data, from, i, TAIL * 4);
    if (data[i + 1] === SUBNEGOTIATION) while (i < end && data[i] !== SUBNEGOTIATION_END) i++;
    else i += 2;
    from = i + 1;
  }
  return from < end ? text + latin1(data, from, end, TAIL * 4) : text;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== IAC) {
    // Small devices ask at once, without negotiating.
    const usual = p.respPort === 23 || p.respPort === 2323;
    return usual && !p.fromOrig && ASKS_USER.test(latin1(data, at, end, 512)) ? YES : NO;
  }
  if (end - at < 3) return MAYBE;
  let next = at;
  for (let i = 0; i < 3 && next + 3 <= end && data[next] === IAC; i++) {
    if (data[next + 1]! < SUBNEGOTIATION || data[next + 1] === IAC || (data[next + 2]! > 49 && data[next + 2] !== 255))
      return NO;
    next += 3;
  }
  return YES;
}

export const telnet: Inspector = {
  id: 'telnet',
  over: 'tcp',
  ports: [23, 2323],
  service: '',
  app: 'Telnet',
  probe,
  open: () => new TelnetSession(),
};
