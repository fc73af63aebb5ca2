/** POP3 (RFC 1939, RFC 2595): logins and STLS. */
import { latin1, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { firstWord, LineSession } from './lines.ts';
import { SaslLogin } from './sasl.ts';
import { tls } from './tls.ts';

/** What begins a login, or refuses one, where the greeting was not captured. */
const CLIENT = /^(?:USER |APOP |AUTH(?: |\r\n)|CAPA\r\n|STLS\r\n|-ERR )/i;

class Pop3Session extends LineSession {
  private greeted = false;
  private user = '';
  private awaiting: '' | 'login' | 'tls' | 'mail' = '';
  private readonly sasl = new SaslLogin();
  /** Which end has begun to log in by SASL. */
  private authFrom = true;

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    if (!fromOrig && !this.greeted) this.greet(flow, line);
    if (this.sasl.awaits && fromOrig === this.authFrom) {
      if (this.sasl.response(line)) this.prove(flow);
      return;
    }
    const answers = line.startsWith('+OK') || line.startsWith('-ERR');
    if (!this.mayAsk(flow, fromOrig, !answers)) return;
    if (answers) return this.reply(flow, line.startsWith('+'));
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'USER') this.user = firstWord(line.slice(5)).slice(0, 128);
    else if (verb === 'PASS' || verb === 'APOP') {
      if (verb === 'APOP') this.user = (line.split(' ')[1] ?? '').slice(0, 128);
      this.awaiting = 'login';
      this.login(flow, 'attempt', verb === 'PASS');
    } else if (verb === 'AUTH') this.auth(flow, fromOrig, line.slice(5));
    else if (verb === 'STLS') this.awaiting = 'tls';
    else if (verb === 'RETR') this.awaiting = 'mail';
  }

  /** Without a mechanism AUTH asks for those there are. */
  private auth(flow: FlowContext, fromOrig: boolean, argument: string): void {
    if (argument.trim() === '') return;
    this.authFrom = fromOrig;
    this.awaiting = 'login';
    this.user = '';
    if (this.sasl.begin(argument)) this.prove(flow);
  }

  private prove(flow: FlowContext): void {
    this.user = this.sasl.user;
    this.login(flow, 'attempt', this.sasl.clear);
  }

  /** The greeting, without what stands in angle brackets: APOP's challenge. */
  private greet(flow: FlowContext, line: string): void {
    this.greeted = true;
    if (line.startsWith('+OK'))
      flow.fact(
        'pop3.server',
        line
          .slice(4)
          .replace(/<[^>]*>/, '')
          .trim(),
      );
  }

  private reply(flow: FlowContext, good: boolean): void {
    const awaited = this.awaiting;
    this.awaiting = '';
    this.sasl.end();
    if (awaited === 'tls' && good) flow.handOver([tls]);
    else if (awaited === 'mail' && good) flow.finish();
    else if (awaited === 'login') this.login(flow, good ? 'succeeded' : 'failed', false);
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', cleartext: boolean): void {
    flow.fact('pop3.user', this.user);
    if (outcome !== 'attempt') flow.fact(`pop3.login.${outcome}`, this.user === '' ? 'account not seen' : this.user);
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'pop3', outcome, user: this.user, cleartext, code: 0 });
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x2b) {
    const usual = p.respPort === 110 || p.origPort === 110;
    return usual && CLIENT.test(latin1(data, at, end, 16)) ? YES : NO;
  }
  const answer = matches(data, at, end, '+OK');
  if (answer !== YES) return answer;
  if (p.respPort === 110 || p.origPort === 110) return YES;
  if (end - at < 5) return MAYBE;
  // A bare "+OK" is also what Redis says.
  return data[at + 3] === 0x20 && end - at > 8 ? YES : NO;
}

export const pop3: Inspector = {
  id: 'pop3',
  over: 'tcp',
  ports: [110],
  first: [0x2b, 0x2d, 0x41, 0x43, 0x53, 0x55, 0x61, 0x63, 0x73, 0x75],
  service: 'pop3',
  app: 'POP3',
  probe,
  open: () => new Pop3Session(),
};
