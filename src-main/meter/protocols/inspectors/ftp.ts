/** FTP (RFC 959, RFC 2428, RFC 4217): logins, the data connections it announces, and TLS after AUTH. */
import { findText, lineEnd, matches, own, startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { firstLetters } from '../first.ts';
import { firstWord, LineSession } from './lines.ts';
import { OPEN_ACCOUNTS } from '../login-form.ts';
import { tls } from './tls.ts';

const DATA = { service: 'ftp-data', app: 'FTP_DATA' };
/** Data connections that one payload may announce: more than any client asks for at once. */
const ANNOUNCED_MAX = 8;
const EXTENDED = /\(?([!-~])(\d?)\1([0-9a-fA-F.:]{0,45})\1(\d{1,5})\1/;

const COMMA = 0x2c;

/**
 * A command and its argument. Servers pass over blanks before it and what Telnet may send on this connection (RFC 959, 3.2), and
 * some take a tab for a blank: such bytes are '?' in a line.
 */
const COMMAND = /^[^A-Za-z0-9]{0,16}([A-Za-z]{3,4})(?:[ ?]+(.*))?$/;

const words = new Uint32Array(4);
/** Four parts of an address and two of a port. */
const parts = new Uint8Array(6);

/** Reads the first six numbers of a byte each with commas between them into `parts`. */
function readParts(line: string): boolean {
  let count = 0;
  let value = -1;
  for (let i = 0; i <= line.length; i++) {
    const digit = i < line.length ? line.charCodeAt(i) - 0x30 : -1;
    if (digit >= 0 && digit <= 9) {
      value = Math.max(0, value) * 10 + digit;
      continue;
    }
    if (value >= 0 && value <= 255 && count < parts.length) {
      parts[count++] = value;
      if (count === parts.length) return true;
      if (line.charCodeAt(i) !== COMMA) count = 0;
    } else count = 0;
    value = -1;
  }
  return false;
}

class FtpSession extends LineSession {
  private greeted = false;
  private announced = 0;
  private bounced = false;
  private user = '';
  private pass = false;
  private authTls = false;

  override read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    this.announced = 0;
    return super.read(flow, fromOrig, data, at, end);
  }

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    const code = /^(\d{3})[ -]/.exec(line)?.[1];
    if (!this.mayAsk(flow, fromOrig, code === undefined)) return;
    if (code !== undefined) return this.reply(flow, fromOrig, Number(code), line);
    const [, verb, argument = ''] = COMMAND.exec(line) ?? [];
    if (verb !== undefined) this.command(flow, fromOrig, verb.toUpperCase(), argument.trim());
  }

  private command(flow: FlowContext, fromOrig: boolean, verb: string, argument: string): void {
    if (verb === 'USER') {
      this.user = own(firstWord(argument).slice(0, 128));
      flow.fact('ftp.user', this.user);
    } else if (verb === 'PASS') {
      this.pass = true;
      this.login(flow, 'attempt', 0);
    } else if (verb === 'AUTH') {
      this.authTls = /^(TLS|SSL)/i.test(argument);
    } else if (verb === 'PORT') {
      this.hostPort(flow, argument, fromOrig, true);
    } else if (verb === 'EPRT') {
      this.extended(flow, argument, fromOrig, true);
    } else if (verb === 'RETR' || verb === 'STOR') {
      flow.fact(verb === 'RETR' ? 'ftp.retrieved' : 'ftp.stored', argument);
    }
  }

  private reply(flow: FlowContext, fromOrig: boolean, code: number, line: string): void {
    if (code === 220) {
      this.greeted ||= !fromOrig;
      flow.fact('ftp.banner', line.slice(4));
    } else if (code === 227) this.hostPort(flow, line, fromOrig, false);
    else if (code === 229) this.extended(flow, line.slice(line.indexOf('(') + 1), fromOrig, false);
    else if (code === 234 && this.authTls) flow.handOver([tls]);
    else if (this.pass && line.charAt(3) === ' ' && code >= 200) this.outcome(flow, code);
  }

  private outcome(flow: FlowContext, code: number): void {
    if (code === 230 || code === 202 || code === 232) this.login(flow, 'succeeded', code);
    else if (code === 530 || code === 430 || code === 421 || code === 332) this.login(flow, 'failed', code);
    else return;
    this.pass = false;
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', code: number): void {
    if (outcome !== 'attempt') flow.fact(`ftp.login.${outcome}`, this.user);
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'ftp',
      outcome,
      user: this.user,
      cleartext: outcome === 'attempt' && !OPEN_ACCOUNTS.has(this.user.toLowerCase()),
      code,
    });
  }

  /** PORT of a client, and the server's answer to PASV: the port of its own that will listen. */
  private hostPort(flow: FlowContext, line: string, fromOrig: boolean, active: boolean): void {
    if (!readParts(line)) return;
    const [a, b, c, d, high, low] = parts as unknown as readonly [number, number, number, number, number, number];
    const port = high * 256 + low;
    words[0] = 0;
    words[1] = 0;
    words[2] = 0xffff;
    words[3] = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const announces = this.believed(fromOrig, active);
    const looks = active && !this.bounced;
    if (!announces && !looks) return;
    const speaker = fromOrig ? flow.origWords : flow.respWords;
    if (announces) flow.announce(speaker, port, DATA);
    const third = words[3] !== speaker[3] && speaker[2] === 0xffff && words[3] !== 0;
    if (!looks || (port >= 1024 && !third)) return;
    this.bounced = true;
    flow.weird('ftp-bounce', `${a}.${b}.${c}.${d}:${port}`);
  }

  /** Clients ask, servers that have greeted answer. */
  private believed(fromOrig: boolean, active: boolean): boolean {
    return this.greeted && fromOrig === active && this.announced++ < ANNOUNCED_MAX;
  }

  private extended(flow: FlowContext, line: string, fromOrig: boolean, active: boolean): void {
    const port = Number(EXTENDED.exec(line)?.[4] ?? 0);
    if (port > 0 && port < 65536 && this.believed(fromOrig, active))
      flow.announce(fromOrig ? flow.origWords : flow.respWords, port, DATA);
  }
}

const COMMANDS = [
  'SYST',
  'FEAT',
  'PASV',
  'EPSV',
  'PORT ',
  'EPRT ',
  'TYPE ',
  'CWD ',
  'PWD',
  'LIST',
  'AUTH ',
  'OPTS ',
  'PBSZ ',
  'CLNT ',
];

function client(p: Probe): Verdict {
  const { data, at, end } = p;
  const user = matches(data, at, end, 'USER ', true);
  for (const command of COMMANDS) {
    const answer = matches(data, at, end, command, true);
    if (answer === 2 && (p.respPort === 21 || command === 'EPSV' || command === 'PASV')) return YES;
    if (answer !== 0) return MAYBE;
  }
  if (user !== 2) return user;
  let lf = lineEnd(data, at, end);
  for (let lines = 0; lf >= 0 && lines < 8; lines++) {
    for (const command of COMMANDS) if (startsWith(data, lf + 1, end, command, true)) return YES;
    lf = lineEnd(data, lf + 1, end);
  }
  return p.respPort === 21 ? YES : MAYBE;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const greeting = matches(data, at, end, '220');
  if (greeting === NO) return client(p);
  if (greeting === MAYBE || end - at < 4) return MAYBE;
  if (data[at + 3] !== 0x20 && data[at + 3] !== 0x2d) return NO;
  if (p.respPort === 21 || p.origPort === 21) return YES;
  const shown = text(data, at, end, 512);
  if (findText(data, 'SMTP', at, end, true) >= 0) return NO;
  return /ftp/i.test(shown) || findText(data, '\n331 ', at, end) >= 0 ? YES : MAYBE;
}

export const ftp: Inspector = {
  id: 'ftp',
  over: 'tcp',
  ports: [21, 2121],
  first: [0x32, ...firstLetters(['USER', ...COMMANDS])],
  service: 'ftp',
  app: 'FTP_CONTROL',
  probe,
  open: () => new FtpSession(),
};
