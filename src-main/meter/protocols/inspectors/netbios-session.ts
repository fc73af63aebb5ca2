/** NetBIOS sessions over TCP (RFC 1002, 4.3): the request for one and its answer; SMB follows. */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { smb } from './smb.ts';

const HEADER = 4;
const MESSAGE = 0x00;
const REQUEST = 0x81;
const ACCEPTED = 0x82;
const REFUSED = 0x83;
/** Of the kinds from here on only keeping alive (0x85) means something; receivers pass over the others. */
const LAST_OTHER = 0x8f;
/** Two encoded names, with scopes at most. */
const REQUEST_MIN = 68;
const REQUEST_MAX = 512;

function fits(kind: number, length: number): boolean {
  if (kind === REQUEST) return length >= REQUEST_MIN && length <= REQUEST_MAX;
  return kind === REFUSED ? length === 1 : kind === ACCEPTED && length === 0;
}

class NetbiosSession implements Session {
  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next + HEADER <= end) {
      const kind = data[next]!;
      if (kind === MESSAGE) {
        flow.handOver([smb]);
        return next;
      }
      if (kind < REQUEST || kind > LAST_OTHER) {
        flow.finish();
        return end;
      }
      next += HEADER + u16(data, next + 2);
    }
    return next;
  }

  gap(): boolean {
    return true;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER) return MAYBE;
  return data[at + 1]! <= 1 && fits(data[at]!, u16(data, at + 2)) ? YES : NO;
}

export const netbiosSession: Inspector = {
  id: 'netbios-session',
  over: 'tcp',
  ports: [139],
  first: [REQUEST, ACCEPTED, REFUSED],
  portBound: true,
  service: '',
  app: 'NetBIOS',
  probe,
  open: () => new NetbiosSession(),
};
