/** A capture that arrives in pieces, parsed as it comes: what the reader of files does in large pieces, without waiting. */
import { PARSED, type FormatParser } from '../../packets/formats/format.ts';
import type { Window } from '../../packets/input/chunks.ts';
import { BATCH_PACKETS, makePacketBatch, type PacketBatch } from '../../packets/types.ts';

/** The tail of a record that is waited for; the parser bounds records itself. */
const TAIL_MAX = 4 << 20;

export class StreamWindow {
  private readonly parser: FormatParser;
  private readonly window: Window = {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    pos: 0,
    end: 0,
    base: 0,
    eof: false,
  };
  private packets = 0;
  private isStopped = false;

  constructor(parser: FormatParser) {
    this.parser = parser;
  }

  /** Whether nothing that follows can be read. */
  get stopped(): boolean {
    return this.isStopped;
  }

  /** The packets that are whole now. Their bytes lie in memory of their own, not in `chunk`. */
  push(chunk: Uint8Array): PacketBatch[] {
    const { window } = this;
    const tail = window.end - window.pos;
    if (tail + chunk.length > TAIL_MAX) this.isStopped = true;
    if (this.isStopped) return [];
    const bytes = new Uint8Array(tail + chunk.length);
    bytes.set(window.bytes.subarray(window.pos, window.end));
    bytes.set(chunk, tail);
    window.base += window.pos;
    Object.assign(window, { bytes, view: new DataView(bytes.buffer), pos: 0, end: bytes.length });
    return this.parse();
  }

  private parse(): PacketBatch[] {
    const found: PacketBatch[] = [];
    for (;;) {
      // A packet takes 32 bytes of a block at least: no larger columns than the piece can fill.
      const most = Math.min(BATCH_PACKETS, Math.ceil((this.window.end - this.window.pos) / 32) + 1);
      const batch = makePacketBatch(this.window.bytes, most);
      const parsed = this.parser.parse(this.window, batch, most);
      if (batch.count > 0) {
        batch.first = this.packets;
        this.packets += batch.count;
        found.push(batch);
      }
      if (parsed === PARSED.STOP) this.isStopped = true;
      if (parsed !== PARSED.FULL) return found;
    }
  }
}
