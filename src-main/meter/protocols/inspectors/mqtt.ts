/** MQTT: its CONNECT packet; then who connects, whether he may, and which topics are written and read. */
import { startsWith, text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { coded, type Words } from '../words.ts';

const CONNECT = 1;
const CONNECTED = 2;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const WILL = 0x04;
const PASSWORD = 0x40;
const USER = 0x80;
const PACKETS = 32;
/** Bytes of a packet that are waited for; the rest of a longer one is passed over. */
const SHOWN = 512;
const RESULTS: Words = new Map([
  [0, 'accepted'],
  [1, 'version refused'],
  [2, 'client id refused'],
  [3, 'server unavailable'],
  [4, 'bad user name or password'],
  [5, 'not authorised'],
  [0x84, 'version refused'],
  [0x85, 'client id refused'],
  [0x86, 'bad user name or password'],
  [0x87, 'not authorised'],
]);

/** Where the body of the packet at `at` begins, and its length; length -1 when more bytes are needed. */
function lengthOf(data: Uint8Array, at: number, end: number): { from: number; length: number } {
  let length = 0;
  for (let i = 0; i < 4 && at + 1 + i < end; i++) {
    const byte = data[at + 1 + i]!;
    length |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { from: at + 2 + i, length };
  }
  return { from: at, length: -1 };
}

/** Reads strings with their length before them, one after the other. */
class Strings {
  private readonly data: Uint8Array;
  private readonly end: number;
  next: number;

  constructor(data: Uint8Array, at: number, end: number) {
    this.data = data;
    this.next = at;
    this.end = end;
  }

  /** Passes over properties, of at most 127 bytes. */
  skip(): void {
    this.next += this.next < this.end ? 1 + this.data[this.next]! : 1;
  }

  read(): string {
    const from = this.next + 2;
    const stop = from <= this.end ? from + u16(this.data, this.next) : from;
    this.next = stop;
    return stop <= this.end ? text(this.data, from, stop, 128) : '';
  }
}

class MqttSession implements Session {
  private version = 0;
  private packets = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end) {
      const { from, length } = lengthOf(data, next, end);
      if (length < 0) {
        if (end - next < 5) return next;
        flow.finish();
        return end;
      }
      const stop = from + length;
      if (Math.min(stop, from + SHOWN) > end) return next;
      this.packet(flow, fromOrig, data[next]!, data, from, Math.min(stop, end));
      if (++this.packets >= PACKETS) flow.finish();
      next = stop;
      if (flow.finished) return next;
    }
    return next;
  }

  private packet(flow: FlowContext, fromOrig: boolean, first: number, data: Uint8Array, at: number, end: number): void {
    const kind = first >>> 4;
    if (kind === CONNECT && fromOrig) this.connect(flow, data, at, end);
    else if (kind === CONNECTED && end - at >= 2) flow.fact('mqtt.result', coded(RESULTS, data[at + 1]!));
    else if (kind === PUBLISH) flow.also('mqtt.published', new Strings(data, at, end).read());
    else if (kind === SUBSCRIBE) {
      const strings = new Strings(data, at + 2, end);
      if (this.version === 5) strings.skip();
      flow.also('mqtt.subscribed', strings.read());
    }
  }

  /** Version, name of the client, its user, and whether a password crosses in the clear (never which). */
  private connect(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const strings = new Strings(data, at, end);
    strings.read();
    const start = strings.next;
    if (start + 4 > end) return;
    this.version = data[start]!;
    const flags = data[start + 1]!;
    flow.fact('mqtt.version', this.version === 5 ? '5.0' : this.version === 4 ? '3.1.1' : '3.1');
    flow.fact('mqtt.credentials', flags & PASSWORD ? 'user and password' : flags & USER ? 'user' : 'none');
    strings.next = start + 4;
    if (this.version === 5) strings.skip();
    flow.fact('mqtt.client', strings.read());
    if (flags & WILL) {
      if (this.version === 5) strings.skip();
      flow.also('mqtt.will', strings.read());
      strings.read();
    }
    const user = flags & USER ? strings.read() : '';
    flow.fact('mqtt.user', user);
    if (flags & PASSWORD) flow.inTheClear('password', user);
  }
}

/** Whether a client's first packet begins at `at`. */
export function isConnect(data: Uint8Array, at: number, end: number): boolean {
  if (data[at] !== 0x10 || end - at < 10) return false;
  let next = at + 1;
  while (next < at + 5 && data[next]! & 0x80) next++;
  return startsWith(data, next + 1, end, '\0\x04MQTT') || startsWith(data, next + 1, end, '\0\x06MQIsdp');
}

function probe(p: Probe): Verdict {
  return isConnect(p.data, p.at, p.end) ? YES : NO;
}

export const mqtt: Inspector = {
  id: 'mqtt',
  over: 'tcp',
  ports: [1883],
  first: [0x10],
  service: 'mqtt',
  app: 'MQTT',
  probe,
  open: () => new MqttSession(),
};
