/** SMTP (RFC 5321, RFC 4954, RFC 3207): who speaks, from whom, logins, and TLS after STARTTLS. */
import { findText, latin1, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { LineSession } from './lines.ts';
import { tls } from './tls.ts';

const CLEARTEXT = new Set(['PLAIN', 'LOGIN']);

/** The account in a PLAIN response (RFC 4616: authorization, account and secret between zero bytes), without the secret. */
function plainUser(encoded: string): string {
  const parts = Buffer.from(encoded.slice(0, 512), 'base64').toString('latin1').split('\0');
  // With fewer zero bytes it is not known which of them is the secret.
  return (parts.length === 3 ? parts[1]! : '').replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}

class SmtpSession extends LineSession {
  private tlsAsked = false;
  private dataAsked = false;
  private mechanism = '';
  private awaiting: '' | 'user' | 'secret' | 'outcome' = '';
  private user = '';

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    const code = /^(\d{3})([ -]|$)/.exec(line)?.[1];
    if (code !== undefined && !(fromOrig && this.awaiting !== '')) this.reply(flow, Number(code), line);
    else this.command(flow, fromOrig, line);
  }

  private command(flow: FlowContext, fromOrig: boolean, line: string): void {
    if (this.awaiting === 'user' || this.awaiting === 'secret') return this.response(flow, line);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') flow.fact('smtp.helo', line.slice(5));
    else if (verb === 'MAIL') flow.fact('smtp.from', /<([^>]*)>/.exec(line)?.[1] ?? '');
    else if (verb === 'RCPT') flow.fact('smtp.to', /<([^>]*)>/.exec(line)?.[1] ?? '');
    else if (verb === 'AUTH') this.auth(flow, line.slice(5).trim());
    else if (verb === 'STAR') this.tlsAsked = true;
    else if (verb === 'DATA' || verb === 'BDAT') this.dataAsked = true;
    if (verb === 'BDAT') flow.stop(fromOrig);
  }

  private auth(flow: FlowContext, argument: string): void {
    const [mechanism = '', initial] = argument.split(' ');
    this.mechanism = mechanism.toUpperCase();
    this.awaiting = 'outcome';
    if (this.mechanism === 'PLAIN') {
      if (initial === undefined) this.awaiting = 'secret';
      else this.attempt(flow, plainUser(initial));
    } else if (this.mechanism === 'LOGIN') {
      this.awaiting = 'user';
      if (initial !== undefined) this.response(flow, initial);
    } else this.attempt(flow, '');
  }

  private response(flow: FlowContext, line: string): void {
    if (this.mechanism === 'PLAIN') return this.attempt(flow, plainUser(line));
    if (this.awaiting === 'user') {
      this.user = Buffer.from(line.slice(0, 256), 'base64')
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 128);
      this.awaiting = 'secret';
    } else this.attempt(flow, this.user);
  }

  private attempt(flow: FlowContext, user: string): void {
    this.user = user;
    this.awaiting = 'outcome';
    this.login(flow, 'attempt', 0);
  }

  private reply(flow: FlowContext, code: number, line: string): void {
    if (code === 220) flow.fact('smtp.banner', line.slice(4));
    if (line.charAt(3) === '-') return;
    if (this.tlsAsked) {
      this.tlsAsked = false;
      if (code === 220) return flow.handOver([tls]);
    }
    if (this.dataAsked && code === 354) flow.finish();
    if (this.awaiting === '' || code === 334) return;
    this.awaiting = '';
    if (code === 235) this.login(flow, 'succeeded', code);
    else if (code >= 400) this.login(flow, 'failed', code);
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', code: number): void {
    if (outcome !== 'attempt') flow.fact(`smtp.login.${outcome}`, this.user);
    const cleartext = outcome === 'attempt' && CLEARTEXT.has(this.mechanism);
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'smtp', outcome, user: this.user, cleartext, code });
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
