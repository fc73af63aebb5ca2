/** SMTP (RFC 5321, RFC 4954, RFC 3207): who speaks, from whom, logins, and TLS after STARTTLS. */
import { findText, latin1, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { LineSession } from './lines.ts';
import { SaslLogin } from './sasl.ts';
import { tls } from './tls.ts';

class SmtpSession extends LineSession {
  private tlsAsked = false;
  private dataAsked = false;
  private readonly sasl = new SaslLogin();
  private authAsked = false;
  private recipientAsked = false;
  /** The server takes a mail: what BDAT announces follows. */
  private accepted = false;

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    const code = /^(\d{3})([ -]|$)/.exec(line)?.[1];
    // A line of a login may look like an answer.
    const answers = code !== undefined && !(fromOrig && this.authAsked);
    if (!this.mayAsk(flow, fromOrig, !answers)) return;
    if (answers) this.reply(flow, Number(code), line);
    else this.command(flow, fromOrig, line);
  }

  private command(flow: FlowContext, fromOrig: boolean, line: string): void {
    if (this.sasl.awaits) {
      if (this.sasl.response(line)) this.login(flow, 'attempt', 0);
      return;
    }
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') flow.fact('smtp.helo', line.slice(5));
    else if (verb === 'MAIL') flow.fact('smtp.from', /<([^>]*)>/.exec(line)?.[1] ?? '');
    else if (verb === 'RCPT') this.recipient(flow, line);
    else if (verb === 'AUTH') this.auth(flow, line.slice(5));
    else if (verb === 'STAR') this.tlsAsked = true;
    else if (verb === 'DATA' || verb === 'BDAT') this.dataAsked = true;
    if (verb === 'BDAT' && this.accepted) flow.stop(fromOrig);
  }

  private recipient(flow: FlowContext, line: string): void {
    flow.fact('smtp.to', /<([^>]*)>/.exec(line)?.[1] ?? '');
    this.recipientAsked = true;
  }

  private auth(flow: FlowContext, argument: string): void {
    this.authAsked = true;
    if (this.sasl.begin(argument)) this.login(flow, 'attempt', 0);
  }

  private reply(flow: FlowContext, code: number, line: string): void {
    if (code === 220) flow.fact('smtp.banner', line.slice(4));
    if (line.charAt(3) === '-') return;
    if (this.tlsAsked) {
      this.tlsAsked = false;
      if (code === 220) return flow.handOver([tls]);
    }
    if (this.recipientAsked) {
      this.recipientAsked = false;
      this.accepted ||= code === 250 || code === 251;
    }
    if (this.dataAsked && code === 354) flow.finish();
    if (!this.authAsked || code === 334) return;
    this.authAsked = false;
    this.sasl.end();
    if (code === 235) this.login(flow, 'succeeded', code);
    else if (code >= 400) this.login(flow, 'failed', code);
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', code: number): void {
    const { user, clear } = this.sasl;
    if (outcome !== 'attempt') flow.fact(`smtp.login.${outcome}`, user);
    const cleartext = outcome === 'attempt' && clear;
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'smtp', outcome, user, cleartext, code });
  }
}

const PORTS = [25, 587, 465, 2525];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (matches(data, at, end, 'EHLO ', true) === 2 || matches(data, at, end, 'HELO ', true) === 2) return YES;
  if (matches(data, at, end, 'MAIL FROM:', true) === 2 || matches(data, at, end, 'RCPT TO:', true) === 2) return YES;
  const greeting = matches(data, at, end, '220');
  if (greeting === NO)
    return end - at < 5 && (matches(data, at, end, 'EHLO ', true) || matches(data, at, end, 'HELO ', true))
      ? MAYBE
      : NO;
  if (greeting === MAYBE || end - at < 4) return MAYBE;
  if (data[at + 3] !== 0x20 && data[at + 3] !== 0x2d) return NO;
  if (PORTS.includes(p.respPort) || PORTS.includes(p.origPort)) return YES;
  if (/ftp/i.test(latin1(data, at, end, 512))) return NO;
  return findText(data, 'SMTP', at, end, true) >= 0 ? YES : MAYBE;
}

export const smtp: Inspector = {
  id: 'smtp',
  over: 'tcp',
  ports: PORTS,
  first: [0x32, 0x45, 0x48, 0x4d, 0x52, 0x65, 0x68, 0x6d, 0x72],
  service: 'smtp',
  app: 'SMTP',
  probe,
  open: () => new SmtpSession(),
};
