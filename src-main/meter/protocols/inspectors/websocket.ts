/**
 * WebSocket (RFC 6455) behind the upgrade that begins it: frames, of which the first data of the client says whether MQTT
 * is inside. Nothing else is read of them.
 */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Session } from '../inspector.ts';
import { isConnect, mqtt } from './mqtt.ts';

/** Bytes of a frame that are looked at; the rest of a longer one is passed over. */
const SHOWN = 1024;
/** Frames after which nobody is waited for any more. */
const FRAMES_MAX = 16;
const MASKED = 0x80;
const CONTROL = 0x08;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** The frame's data as they were before their mask. */
const plain = new Uint8Array(SHOWN);

interface Frame {
  /** Where its data begin, and how many bytes they are. */
  readonly from: number;
  readonly length: number;
  /** Where its mask stands, -1: it has none. */
  readonly mask: number;
}

/** The head of the frame at `at`; null when more bytes are needed. */
function frameAt(data: Uint8Array, at: number, end: number): Frame | null {
  if (end - at < 2) return null;
  const short = data[at + 1]! & 0x7f;
  const long = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
  const masked = (data[at + 1]! & MASKED) !== 0;
  const from = at + 2 + long + (masked ? 4 : 0);
  if (from > end) return null;
  const length = long === 0 ? short : long === 2 ? u16(data, at + 2) : u32(data, at + 2) * 2 ** 32 + u32(data, at + 6);
  return { from, length, mask: masked ? from - 4 : -1 };
}

export class WebSocketSession implements Session {
  private frames = 0;
  private inner: Session | null = null;
  /** Bytes that the session inside wants to pass over in each direction. */
  private readonly skip: [number, number] = [0, 0];

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end && !flow.finished) {
      const frame = frameAt(data, next, end);
      if (!frame) return next;
      const { from, length, mask } = frame;
      const shown = Math.min(length, SHOWN);
      if (from + shown > end) return next;
      if ((data[next]! & CONTROL) === 0) this.data(flow, fromOrig, unmasked(data, from, shown, mask), shown, length);
      if (!this.inner && ++this.frames >= FRAMES_MAX) flow.finish();
      next = from + length;
    }
    return next;
  }

  gap(flow: FlowContext): boolean {
    flow.finish();
    return false;
  }

  /** `bytes` holds the first `shown` of a frame's `length`. */
  private data(flow: FlowContext, fromOrig: boolean, bytes: Uint8Array, shown: number, length: number): void {
    if (!this.inner) {
      if (!fromOrig || length === 0) return;
      if (!isConnect(bytes, 0, shown)) return flow.finish();
      flow.inspector = mqtt;
      flow.name(mqtt.service);
      this.inner = mqtt.open?.(flow) ?? null;
    }
    const dir = fromOrig ? 0 : 1;
    const from = this.skip[dir];
    const position = from < shown ? (this.inner?.read?.(flow, fromOrig, bytes, from, shown) ?? length) : from;
    // A packet that goes on where nothing was looked at, or in the next frame, is not put together.
    if (position < length) flow.finish();
    this.skip[dir] = position - length;
  }
}

/** The bytes without their mask, in memory that the next frame uses again. */
function unmasked(data: Uint8Array, from: number, shown: number, mask: number): Uint8Array {
  for (let i = 0; i < shown; i++) plain[i] = data[from + i]! ^ (mask < 0 ? 0 : data[mask + (i & 3)]!);
  return plain;
}
