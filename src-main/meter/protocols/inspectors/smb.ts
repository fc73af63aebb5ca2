/** SMB over NetBIOS sessions and straight over TCP: finds the messages, and leaves them to their version's reader. */
import { u16, u24, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { Smb1Reader } from './smb1.ts';
import { Smb2Reader } from './smb2.ts';
import { SmbState } from './smb-state.ts';

/** Bytes of a message that are read: headers, names and security tokens fit; file data is passed over. */
const SHOWN = 6 * 1024;
/** No negotiated message is larger, compressed or not. */
const COMPRESSED_MAX = 0x1000000;

class SmbSession implements Session {
  private readonly state = new SmbState();
  private readonly one = new Smb1Reader(this.state);
  private readonly two = new Smb2Reader(this.state);

  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next + 4 <= end) {
      const type = data[next]!;
      const length = u24(data, next + 1);
      if (type !== 0) {
        if (type < 0x81 || type > 0x85) return this.lost(flow, next, at, end);
        next += 4 + u16(data, next + 2);
        continue;
      }
      const shown = next + 4 + Math.min(length, SHOWN);
      if (shown > end) return next;
      this.message(flow, data, next + 4, shown, length);
      if (flow.finished) return end;
      next += 4 + length;
    }
    return next;
  }

  gap(flow: FlowContext): boolean {
    this.state.lost = true;
    return !flow.finished;
  }

  end(flow: FlowContext): void {
    flow.fact('smb.dialect', this.state.dialect);
    this.two.flush(flow);
  }

  /** No message begins here: after a gap that is expected, so the segment is passed over. */
  private lost(flow: FlowContext, next: number, at: number, end: number): number {
    if (!this.state.lost && next === at) flow.weird('smb-length-lie');
    if (++this.state.misses > 64) flow.finish();
    return end;
  }

  private message(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): void {
    if (end - at < 4) return;
    if (data[at + 1] !== 0x53 || data[at + 2] !== 0x4d || data[at + 3] !== 0x42) return;
    switch (data[at]!) {
      case 0xff:
        return this.one.message(flow, data, at, end);
      case 0xfe:
        return this.two.message(flow, data, at, end, length);
      case 0xfc:
        // [MS-SMB2] 2.2.42: the size before compression and the offset of the compressed part are added by receivers.
        if (end - at >= 16 && u32le(data, at + 4) + u32le(data, at + 12) > COMPRESSED_MAX)
          flow.weird('smb-compression-lie');
        flow.name('smb', 'NetBIOS.SMBv23');
        return;
      case 0xfd:
        flow.fact('smb.encrypted', 'yes');
        flow.name('smb', 'NetBIOS.SMBv23');
        return;
    }
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const first = data[at]!;
  if (first !== 0) return NO;
  if (end - at < 8) return p.respPort === 445 || p.respPort === 139 ? MAYBE : NO;
  return magic(data, at) ? YES : NO;
}

function magic(data: Uint8Array, at: number): boolean {
  const first = data[at + 4]!;
  return (
    (first === 0xff || first === 0xfe || first === 0xfd || first === 0xfc) &&
    data[at + 5] === 0x53 &&
    data[at + 6] === 0x4d &&
    data[at + 7] === 0x42
  );
}

export const smb: Inspector = {
  id: 'smb',
  over: 'tcp',
  ports: [445, 139],
  first: [0x00],
  service: 'smb',
  app: 'NetBIOS.SMBv23',
  probe,
  open: () => new SmbSession(),
};
