/** What the run and the thread of its rules say to each other, and how alerts are laid out in what they say. */
import type { Told } from '../../../detect/signatures/engine/alerts.ts';
import type { RuleText } from './files.ts';

/** A text of rules. */
export interface ThreadText extends RuleText {
  /** Its expressions are known to be ones. */
  isKnown: boolean;
}

export interface RuleThreadData {
  texts: readonly ThreadText[];
  /** That they are to make. */
  rules: number;
}

/** Memory that both see, for one batch of packets. */
export interface BatchRoom {
  /** Bytes of packets, each where it stands in the batch. */
  data: SharedArrayBuffer;
  /** Columns of packets and segments with room for `packetRows` and `segmentRows`, and the id of each segment's flow. */
  packets: SharedArrayBuffer;
  packetRows: number;
  segments: SharedArrayBuffer;
  segmentRows: number;
  ids: SharedArrayBuffer;
}

/** One batch, and the flows that ended with it. */
export interface RuleStep {
  room?: BatchRoom;
  packets: number;
  first: number;
  segments: number;
  ended: Float64Array<ArrayBuffer>;
  /** Nothing comes after it. */
  isLast: boolean;
}

export interface RuleAnswer {
  /** ALERT_WORDS numbers each, in the order in which rules told. */
  alerts: Float64Array<ArrayBuffer>;
  /** Looks that were given up, since the start. */
  cut: number;
}

/** Rule, source, target (four words each), time, port, way, flow. */
export const ALERT_WORDS = 13;
const WAYS = ['client', 'server', null] as const;

/** Alerts as they are collected, one behind the other. */
export class AlertList {
  private room = new Float64Array(ALERT_WORDS * 16);
  private length = 0;

  add(order: number, { src, srcAt, dst, dstAt, now, port, way, flow }: Told): void {
    if (this.length + ALERT_WORDS > this.room.length) {
      const grown = new Float64Array(this.room.length * 2);
      grown.set(this.room);
      this.room = grown;
    }
    const { room, length: at } = this;
    room[at] = order;
    for (let i = 0; i < 4; i++) {
      room[at + 1 + i] = src[srcAt + i]!;
      room[at + 5 + i] = dst[dstAt + i]!;
    }
    room[at + 9] = now;
    room[at + 10] = port;
    room[at + 11] = WAYS.indexOf(way);
    room[at + 12] = flow;
    this.length += ALERT_WORDS;
  }

  /** A copy of them; none are left. */
  take(): Float64Array<ArrayBuffer> {
    const taken = this.room.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Calls `tell` for each; what it is given is valid during the call. */
export function readAlerts(alerts: Float64Array, tell: (order: number, told: Told) => void): void {
  const words = new Uint32Array(8);
  for (let at = 0; at < alerts.length; at += ALERT_WORDS) {
    for (let i = 0; i < 8; i++) words[i] = alerts[at + 1 + i]!;
    const [now, port, flow] = [alerts[at + 9]!, alerts[at + 10]!, alerts[at + 12]!];
    const way = WAYS[alerts[at + 11]!] ?? null;
    tell(alerts[at]!, { src: words, srcAt: 0, dst: words, dstAt: 4, now, port, way, flow });
  }
}
