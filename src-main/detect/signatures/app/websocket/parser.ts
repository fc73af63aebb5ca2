/** WebSocket (RFC 6455): frames, their payload unmasked. Only after an upgrade of HTTP. */
import { copy, u16, u32, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import type { AppContext, AppParser, AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

/** Of a longer frame the beginning is read, and the rest passed over. */
const READ_MAX = 128 * 1024;

class WebSocketParser implements AppParser {
  readonly #context: AppContext;
  readonly #skip: [number, number] = [0, 0];
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const passed = Math.min(this.#skip[direction], bytes.length - at);
      this.#skip[direction] -= passed;
      at += passed;
      const next = this.#frame(direction, bytes, at);
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  gap(direction: Direction, missing: number): boolean {
    if (missing > this.#skip[direction]) return false;
    this.#skip[direction] -= missing;
    return true;
  }

  end(): void {
    // Frames are whole or nothing.
  }

  /** Where the frame at `at` ends, -1: it is not whole yet. */
  #frame(direction: Direction, data: Uint8Array, at: number): number {
    const second = u8(data, at + 1);
    if (second < 0) return -1;
    let length = second & 127;
    let next = at + 2;
    if (length === 126) {
      length = u16(data, next);
      next += 2;
    } else if (length === 127) {
      length = u32(data, next + 4) < 0 ? -1 : u32(data, next) * 2 ** 32 + u32(data, next + 4);
      next += 8;
    }
    const masked = (second & 128) !== 0;
    const mask = masked ? u32(data, next) : 0;
    if (masked) next += 4;
    const part = Math.min(length, READ_MAX);
    if (length < 0 || next > data.length || next + part > data.length) return -1;
    if (this.#context.framed('websocket')) {
      const names = ['websocket.pdu', 'websocket.header', 'websocket.data'] as const;
      tellParts(this.#context, direction, names, data.subarray(at, next + part), next - at);
    }
    this.#tell(direction, data[at]!, mask, masked, copy(data, next, next + part));
    this.#skip[direction] = length - part;
    return next + part;
  }

  #tell(direction: Direction, first: number, mask: number, masked: boolean, payload: Uint8Array): void {
    if (masked) for (let i = 0; i < payload.length; i += 1) payload[i]! ^= (mask >>> (24 - 8 * (i & 3))) & 255;
    const side = new Side('websocket', direction, this.#count);
    this.#count += 1;
    side
      .add('websocket.payload', payload)
      .number('websocket.opcode', first & 15)
      .number('websocket.flags', first & 0xf0);
    if (masked) side.number('websocket.mask', mask);
    this.#context.transaction(side.done());
  }
}

export const websocket: AppProtocol = {
  name: 'websocket',
  transport: 'tcp',
  streamBeginsWith: () => false,
  recognise: () => 'no',
  open: (context) => new WebSocketParser(context),
};
