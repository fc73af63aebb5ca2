/** TFTP's transfers (RFC 1350), which have ports of their own: a first block or its acknowledgement, and what goes with it. */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const DATA = 3;
const ACKNOWLEDGED = 4;
const HEADER = 4;
/** Largest block that fits Ethernet, as the option of its size is used (RFC 2348). */
const BLOCK_MAX = 1468;
const DATAGRAMS_MAX = 4;

function isPacket(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER || end - at > HEADER + BLOCK_MAX) return false;
  const kind = u16(data, at);
  return kind === DATA || (kind === ACKNOWLEDGED && end - at === HEADER);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tries > 0 || !isPacket(data, at, end)) return NO;
  const block = u16(data, at + 2);
  return block === 1 || (block === 0 && u16(data, at) === ACKNOWLEDGED) ? YES : NO;
}

/** The name is given when a block and its acknowledgement, or two blocks that follow one another, were seen. */
class TransferSession implements Session {
  private kind = 0;
  private block = 0;
  private fromOrig = false;
  private seen = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (!isPacket(data, at, end)) return flow.finish();
    const kind = u16(data, at);
    const block = u16(data, at + 2);
    if (this.seen > 0 && this.follows(fromOrig, kind, block)) {
      flow.name('', 'TFTP');
      flow.finish();
    } else if (++this.seen > DATAGRAMS_MAX) flow.finish();
    this.kind = kind;
    this.block = block;
    this.fromOrig = fromOrig;
  }

  private follows(fromOrig: boolean, kind: number, block: number): boolean {
    if (fromOrig === this.fromOrig) return kind === this.kind && block === this.block + 1;
    return kind !== this.kind && block === this.block + (kind === DATA ? 1 : 0);
  }
}

export const tftpData: Inspector = {
  id: 'tftp-data',
  over: 'udp',
  ports: [],
  first: [0x00],
  service: '',
  app: '',
  probe,
  open: () => new TransferSession(),
};
