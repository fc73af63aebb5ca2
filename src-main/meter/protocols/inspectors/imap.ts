/** IMAP (RFC 3501): logins and STARTTLS. */
import { latin1, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { range } from '../first.ts';
import { firstWord, LineSession } from './lines.ts';
import { SaslLogin } from './sasl.ts';
import { tls } from './tls.ts';

const COMMAND = /^([A-Za-z0-9.+-]{1,16}) ([A-Za-z]+)(?: (.*))?$/;
/** A command of a client that did not wait for the greeting, or whose greeting was not captured. */
const CLIENT =
  /^[A-Za-z0-9.+-]{1,16} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|SELECT|EXAMINE|LIST|ID|NOOP|LOGOUT|UID|FETCH)\b/i;

const GREETING = '* OK ';

/** A literal stands on the next line: so many bytes of it. */
const LITERAL = /(?:^|\s)\{(\d{1,6})\+?\}$/;
const ACCOUNT_MAX = 128;

/** The account before the password; '' where one word stands alone. */
function account(rest: string): string {
  const [, quoted, plain = ''] = /^\s*(?:"((?:[^"\\]|\\.){0,128})"|([^\s"{]{1,128})) +\S/.exec(rest) ?? [];
  return quoted ?? plain;
}

class ImapSession extends LineSession {
  private tag = '';
  private awaited = '';
  private user = '';
  private readonly sasl = new SaslLogin();
  /** Which end logs in. */
  private loginFrom = true;
  /** Bytes of the literal that the next line of a login begins with, and what it is; 0: none is awaited. */
  private literal = 0;
  private literalIs: 'account' | 'secret' = 'account';

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    if (!fromOrig && line.startsWith(GREETING))
      flow.fact('imap.server', line.slice(GREETING.length).replace(/^\[[^\]]*\] */, ''));
    if (fromOrig === this.loginFrom && this.goesOn(flow, line)) return;
    const found = COMMAND.exec(line);
    if (!found) return;
    const [, tag = '', word = '', rest = ''] = found;
    const verb = word.toUpperCase();
    const answers = verb === 'OK' || verb === 'NO' || verb === 'BAD';
    if (!this.mayAsk(flow, fromOrig, !answers)) return;
    if (answers) this.reply(flow, tag, verb === 'OK');
    else if (verb === 'LOGIN' || verb === 'AUTHENTICATE') {
      this.tag = tag;
      this.awaited = verb;
      this.loginFrom = fromOrig;
      this.user = '';
      if (verb === 'LOGIN') this.named(flow, rest);
      else if (this.sasl.begin(rest)) this.prove(flow);
    } else if (verb === 'STARTTLS' || verb === 'FETCH' || verb === 'SELECT') {
      this.tag = tag;
      this.awaited = verb;
    }
  }

  /** A line of the client that belongs to a login begun before. */
  private goesOn(flow: FlowContext, line: string): boolean {
    if (this.sasl.awaits) {
      if (this.sasl.response(line)) this.prove(flow);
      return true;
    }
    const { literal } = this;
    this.literal = 0;
    if (literal === 0) return false;
    if (this.literalIs === 'account') {
      const user = line.length < literal ? '' : firstWord(line.slice(0, literal)).slice(0, ACCOUNT_MAX);
      this.secret(flow, user, line.slice(literal));
    }
    return true;
  }

  /** LOGIN's account and password, either of which may be a literal. */
  private named(flow: FlowContext, rest: string): void {
    const length = LITERAL.exec(rest);
    if (length?.index !== 0) return this.secret(flow, account(rest), rest);
    this.literal = Number(length[1]);
    this.literalIs = 'account';
  }

  private secret(flow: FlowContext, user: string, rest: string): void {
    this.user = user;
    this.literal = Number(LITERAL.exec(rest)?.[1] ?? 0);
    this.literalIs = 'secret';
    this.login(flow, 'attempt', true);
  }

  private prove(flow: FlowContext): void {
    this.user = this.sasl.user;
    this.login(flow, 'attempt', this.sasl.clear);
  }

  private reply(flow: FlowContext, tag: string, good: boolean): void {
    if (tag !== this.tag || this.awaited === '') return;
    const awaited = this.awaited;
    this.awaited = '';
    this.literal = 0;
    this.sasl.end();
    if (awaited === 'LOGIN' || awaited === 'AUTHENTICATE') this.login(flow, good ? 'succeeded' : 'failed', false);
    else if (good && awaited === 'STARTTLS') flow.handOver([tls]);
    else if (good) flow.finish();
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', cleartext: boolean): void {
    flow.fact('imap.user', this.user);
    if (outcome !== 'attempt') flow.fact(`imap.login.${outcome}`, this.user === '' ? 'account not seen' : this.user);
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'imap', outcome, user: this.user, cleartext, code: 0 });
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x2a) {
    const usual = p.respPort === 143 || p.origPort === 143;
    return usual && CLIENT.test(latin1(data, at, end, 64)) ? YES : NO;
  }
  const ok = matches(data, at, end, '* OK ');
  const preauth = matches(data, at, end, '* PREAUTH ');
  if (ok === YES || preauth === YES) return YES;
  return ok !== NO || preauth !== NO ? MAYBE : NO;
}

export const imap: Inspector = {
  id: 'imap',
  over: 'tcp',
  ports: [143],
  first: [...range(0x2a, 0x39), ...range(0x41, 0x5a), ...range(0x61, 0x7a)],
  service: 'imap',
  app: 'IMAP',
  probe,
  open: () => new ImapSession(),
};
