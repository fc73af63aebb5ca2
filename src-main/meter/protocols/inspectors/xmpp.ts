/** XMPP (RFC 6120): the beginning of its stream, and TLS after it. */
import { findText, latin1, matches, printable } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { plainUser } from './sasl.ts';
import { tls } from './tls.ts';

const DOMAIN = /<stream:stream[^>]{0,400}?[\s'"]to=["']([^"']{1,128})["']/;
const MECHANISM = /<auth[^>]{0,200}?\smechanism=["']([A-Z0-9-]{1,32})["']/;
/** An operator of calls, whose clients sign in by XMPP. */
const TRUPHONE = 'im.truphone.com';
/** The account's message in Base64, where it is sent at once. */
const MESSAGE = /<auth[^>]{0,300}>([\w+/=]{1,512})</;
/** How clients logged in before there were mechanisms (XEP-0078). */
const OLDER = /jabber:iq:auth/;
const USER = /<username>([^<]{1,128})</;
const PASSWORD = /<password>[^<]/;
const SHOWN = 1024;
const PAYLOADS = 8;

class XmppSession implements Session {
  private payloads = 0;

  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    this.opening(flow, data, at, end);
    if (findText(data, '<proceed', at, end) >= 0) {
      flow.handOver([tls]);
      return end;
    }
    return end;
  }

  /** The domain that is asked for, and how the client proves itself. */
  private opening(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (++this.payloads > PAYLOADS) return;
    const shown = latin1(data, at, end, SHOWN);
    const domain = printable(DOMAIN.exec(shown)?.[1] ?? '');
    flow.fact('xmpp.domain', domain);
    if (domain === TRUPHONE) flow.name('xmpp', 'TruPhone');
    const mechanism = MECHANISM.exec(shown)?.[1] ?? '';
    flow.fact('xmpp.mechanism', mechanism);
    if (mechanism === 'PLAIN') flow.inTheClear('password', plainUser(MESSAGE.exec(shown)?.[1] ?? ''));
    if (OLDER.test(shown) && PASSWORD.test(shown)) flow.inTheClear('password', printable(USER.exec(shown)?.[1] ?? ''));
  }

  gap(): boolean {
    return true;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x3c) return NO;
  const stop = Math.min(end, at + 512);
  if (findText(data, '<stream:stream', at, stop) >= 0) return YES;
  return end - at < 512 && matches(data, at, end, '<?xml ') !== NO ? MAYBE : NO;
}

export const xmpp: Inspector = {
  id: 'xmpp',
  over: 'tcp',
  ports: [5222, 5269],
  first: [0x3c],
  service: 'xmpp',
  app: 'Jabber',
  probe,
  open: () => new XmppSession(),
};
