/** Packets to rows: the loop over a batch, and what the decoder remembers between batches. */
import type { WarningCode } from '../../../src-shared/domain/warnings.ts';
import { layerTable, LINK_TYPES } from './link/registry.ts';
import { linkTypeName } from './link/names.ts';
import { DecodeState } from './net/state.ts';
import { CARRIERS } from './tunnels/registry.ts';
import type { InputWarning, PacketBatch, PacketDecoder, SegmentBatch } from './types.ts';
import { WarningList } from './warning-list.ts';

class Decoder implements PacketDecoder {
  private readonly lists: (WarningList | undefined)[] = [];
  private readonly layers = layerTable();
  private readonly state = new DecodeState(CARRIERS, (code, input, offset, detail) => {
    this.warn(code, input, offset, detail);
  });
  private bytes: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(this.bytes.buffer);

  decode(packets: PacketBatch, into: SegmentBatch): void {
    const s = this.state;
    this.look(packets.data);
    s.data = this.bytes;
    s.view = this.view;
    s.segments = into;
    s.columns = into.columns;
    s.count = 0;
    this.loop(s, packets);
    into.count = s.count;
  }

  /** One view a buffer: batches of the same chunk share it. */
  private look(data: Uint8Array): void {
    if (
      this.bytes.buffer === data.buffer &&
      this.bytes.byteOffset === data.byteOffset &&
      this.bytes.byteLength === data.byteLength
    )
      return;
    this.bytes = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  private loop(s: DecodeState, packets: PacketBatch): void {
    const c = packets.columns;
    const { layers } = this;
    for (let i = 0; i < packets.count; i++) {
      const at = c.offset[i]!;
      const captured = c.captured[i]!;
      const wire = c.wire[i]!;
      const link = c.link[i]!;
      s.packet = i;
      s.sec = c.sec[i]!;
      s.nano = c.nano[i]!;
      s.input = c.input[i]!;
      s.fileOffset = c.fileOffset[i]!;
      s.vlan = 0;
      s.layers = 0;
      if (link !== 1) s.noMac();
      if (captured < wire) s.warn('truncated-packet');
      const layer = link < LINK_TYPES ? layers[link] : undefined;
      if (!layer) s.warn('unsupported-link-type', linkTypeName(link));
      else if (captured > 0) layer(s, at, at + captured, at + (wire > captured ? wire : captured));
    }
  }

  private warn(code: WarningCode, input: number, offset: number, detail: string): void {
    const list = (this.lists[input] ??= new WarningList());
    list.add(code, offset, detail);
  }

  warnings(input: number): InputWarning[] {
    return this.lists[input]?.list() ?? [];
  }
}

/** A decoder for one run over one or more inputs. */
export function makeDecoder(): PacketDecoder {
  return new Decoder();
}
