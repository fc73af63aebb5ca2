/** XMPP (RFC 6120): the beginning of its stream, and TLS after it. */
import { findText, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { tls } from './tls.ts';

class XmppSession implements Session {
  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (findText(data, '<proceed', at, end) >= 0) {
      flow.handOver([tls]);
      return end;
    }
    return end;
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
