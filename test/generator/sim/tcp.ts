import type { Content } from './content.ts';
import { ephemeral, type Host, type Os } from './hosts.ts';
import type { Tag } from './labels.ts';
import type { Process } from './queue.ts';
import { stamps, SYN_OPTIONS, SYN_WINDOW, WINDOW } from './systems.ts';
import { BENIGN, MS, SECOND, type Sim } from './sim.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/** One message of a conversation: who sends it (0 client, 1 server), what, and how long after the last one, ns. */
export interface Message {
  from: 0 | 1;
  content: Content;
  think?: number;
}

export type Script = Iterator<Message, void>;
/** Who closes and how: FIN exchanged in three or four packets, RST, or nothing any more. */
export type Ending = 'fin' | 'fin4' | 'server-fin' | 'rst' | 'server-rst' | 'none';
/** How the opening goes. `dead`: nothing answers, SYN is tried again; `filtered`: ICMP is not modelled, same as dead once. */
export type Opening = 'accepted' | 'refused' | 'dead' | 'filtered' | 'half-open';

export interface TcpOptions {
  v6?: boolean;
  sport?: number;
  script?: Script;
  ending?: Ending;
  opening?: Opening;
  tag?: Tag;
  /** Share of data segments lost behind the capture point and sent again. */
  loss?: number;
  /** Bits per second, client to server and back; default by the hosts. */
  rateUp?: number;
  rateDown?: number;
  /** Wait before closing, ns. */
  linger?: number;
  /** SYN tries when nothing answers. */
  tries?: number;
  /** Window the client advertises when it shall look slow. */
  clientWindow?: number;
  ttl?: number;
  onClose?: (time: number) => void;
}

const RING = 128;
const MAX_WINDOW = 96;

const PHASE_SYN = 0;
const PHASE_SYNACK = 1;
const PHASE_ACK = 2;
const PHASE_DATA = 3;
const PHASE_CLOSE = 4;
const PHASE_REFUSE = 5;

const DO_DATA = 0;
const DO_ACK = 1;
const DO_DELAYED = 2;
const DO_BEGIN = 3;
const DO_RETRANSMIT = 4;

/**
 * One TCP connection as a capture between its ends sees it: handshake with each system's options, slow start, an ACK
 * for every second segment, delayed ACKs, loss with duplicate ACKs and retransmission, and its ending. A state machine
 * rather than a coroutine: `step` is called once a packet.
 */
export class TcpFlow implements Process {
  private readonly sim: Sim;
  private readonly hosts: readonly [Host, Host];
  private readonly ports: readonly [number, number];
  private readonly v6: boolean;
  private readonly o: TcpOptions;
  private readonly tag: Tag;
  private readonly isn: [number, number];
  private readonly sent: [number, number] = [0, 0];
  private readonly acked: [number, number] = [0, 0];
  private readonly window: [number, number];
  private readonly rate: [number, number];
  private readonly mss: number;
  private readonly maxFlight: number;
  private readonly timestamps: boolean;
  private readonly tsBase: [number, number];
  private readonly optionBytes = new Uint8Array(12);
  private phase = PHASE_SYN;
  private tries = 0;
  private message: Message | undefined;
  private content: Content | undefined;
  private from: 0 | 1 = 0;
  private base = 0;
  private action = DO_BEGIN;
  private sendAt = 0;
  private beginAt = 0;
  private congestion = 10;
  private unacked = 0;
  private delayedAt = Number.POSITIVE_INFINITY;
  private lastSent = 0;
  private ringTimes: Float64Array | undefined;
  private ringAcks: Float64Array | undefined;
  private head = 0;
  private tail = 0;
  private lossAt = -1;
  private lossLength = 0;
  private duplicates = 0;
  private retransmitAt = Number.POSITIVE_INFINITY;
  private closing: { time: number; side: 0 | 1; flags: number; seqExtra: number; ackExtra: number }[] = [];

  constructor(sim: Sim, client: Host, server: Host, port: number, o: TcpOptions = {}) {
    this.sim = sim;
    this.hosts = [client, server];
    this.ports = [o.sport ?? ephemeral(client), port];
    this.v6 = (o.v6 ?? false) && client.ip6 !== undefined && server.ip6 !== undefined;
    this.o = o;
    this.tag = o.tag ?? BENIGN;
    this.isn = [sim.rng.u32(), sim.rng.u32()];
    // Without the scale option on both sides the window field is bytes.
    const unscaled = client.os === 'embedded' || server.os === 'embedded';
    this.window = unscaled
      ? [o.clientWindow ?? 64240, 64240]
      : [o.clientWindow ?? WINDOW[client.os], WINDOW[server.os]];
    this.maxFlight = unscaled ? 40 : MAX_WINDOW;
    this.timestamps = stamps(client.os) && stamps(server.os);
    this.mss = (this.v6 ? 1440 : 1460) - (this.timestamps ? 12 : 0);
    this.tsBase = [sim.rng.u32() >>> 1, sim.rng.u32() >>> 1];
    const bottleneck = Math.min(client.rate, server.rate);
    this.rate = [o.rateUp ?? bottleneck, o.rateDown ?? bottleneck];
  }

  private segment(
    side: 0 | 1,
    flags: number,
    seqOffset: number,
    ackOffset: number,
    content: Content | null,
    from: number,
    count: number,
  ): void {
    const other = side === 0 ? 1 : 0;
    const seq = (this.isn[side]! + 1 + seqOffset) >>> 0;
    const ack = flags & ACK ? (this.isn[other]! + 1 + ackOffset) >>> 0 : 0;
    let options: Uint8Array | undefined;
    if (this.timestamps && !(flags & RST)) options = this.stampOptions(side);
    this.put(
      side,
      seq,
      ack,
      flags,
      flags & RST && !(flags & ACK) ? 0 : this.window[side]!,
      options,
      content,
      from,
      count,
    );
  }

  private stampOptions(side: 0 | 1): Uint8Array {
    const other = side === 0 ? 1 : 0;
    const ms = Math.floor(this.sim.now / MS);
    const value = (this.tsBase[side]! + ms) >>> 0;
    const echo = (this.tsBase[other]! + Math.max(0, ms - Math.ceil(this.hosts[side]!.rtt / MS))) >>> 0;
    const b = this.optionBytes;
    b[0] = 1;
    b[1] = 1;
    b[2] = 8;
    b[3] = 10;
    b[4] = value >>> 24;
    b[5] = (value >>> 16) & 255;
    b[6] = (value >>> 8) & 255;
    b[7] = value & 255;
    b[8] = echo >>> 24;
    b[9] = (echo >>> 16) & 255;
    b[10] = (echo >>> 8) & 255;
    b[11] = echo & 255;
    return b;
  }

  private put(
    side: 0 | 1,
    seq: number,
    ack: number,
    flags: number,
    window: number,
    options: Uint8Array | undefined,
    content: Content | null,
    from: number,
    count: number,
  ): void {
    const other = side === 0 ? 1 : 0;
    const src = this.hosts[side]!;
    const ttl = side === 0 && this.o.ttl !== undefined ? this.o.ttl : src.ttl;
    this.sim.wire.tcp(
      src,
      this.hosts[other]!,
      this.v6,
      this.ports[side]!,
      this.ports[other]!,
      seq,
      ack,
      flags,
      window,
      options,
      content,
      from,
      count,
      ttl,
    );
    this.sim.emit();
  }

  private syn(side: 0 | 1): void {
    const os = this.hosts[side]!.os;
    const peer = this.hosts[side === 0 ? 1 : 0]!.os;
    // A server answers only with options the client offered.
    const shape: Os = side === 1 && !stamps(peer) ? (peer === 'embedded' ? 'embedded' : 'windows') : os;
    const now = (this.tsBase[side]! + Math.floor(this.sim.now / MS)) >>> 0;
    const options = Uint8Array.from(SYN_OPTIONS[shape](this.v6 ? 1440 : 1460, now));
    if (side === 1 && this.timestamps) {
      const echo = (this.tsBase[0] + Math.max(0, Math.floor((this.sim.now - this.hosts[1].rtt) / MS))) >>> 0;
      const at = options.indexOf(8, 4) + 6;
      options.set([echo >>> 24, (echo >>> 16) & 255, (echo >>> 8) & 255, echo & 255], at);
    }
    const flags = side === 0 ? SYN : SYN | ACK;
    const ack = side === 0 ? 0 : (this.isn[0] + 1) >>> 0;
    this.put(side, this.isn[side]!, ack, flags, SYN_WINDOW[os], options, null, 0, 0);
  }

  step(): number {
    switch (this.phase) {
      case PHASE_SYN:
        return this.open();
      case PHASE_SYNACK:
        this.syn(1);
        this.phase = PHASE_ACK;
        if (this.o.opening === 'half-open') return this.finish();
        return this.sim.now + this.hosts[0].rtt;
      case PHASE_ACK:
        this.segment(0, ACK, 0, 0, null, 0, 0);
        this.phase = PHASE_DATA;
        this.lastSent = this.sim.now;
        return this.nextMessage();
      case PHASE_DATA:
        return this.dataStep();
      case PHASE_REFUSE:
        this.put(1, 0, (this.isn[0] + 1) >>> 0, RST | ACK, 0, undefined, null, 0, 0);
        // Windows tries a refused connection again, twice, after half a second.
        if (this.hosts[0].os === 'windows' && this.tries < (this.o.tries ?? 3)) {
          this.phase = PHASE_SYN;
          return this.sim.now + 500 * MS;
        }
        return this.finish();
      default:
        return this.closeStep();
    }
  }

  private open(): number {
    const { sim, o } = this;
    if (this.tries === 0) {
      const [client, server] = this.hosts;
      sim.label(
        this.tag,
        6,
        this.v6 ? client.ip6! : client.ip4,
        this.v6 ? server.ip6! : server.ip4,
        this.ports[0],
        this.ports[1],
      );
    }
    this.syn(0);
    this.tries++;
    const opening = o.opening ?? 'accepted';
    if (opening === 'refused') {
      this.phase = PHASE_REFUSE;
      return sim.now + this.hosts[1].rtt + 20_000;
    }
    if (opening === 'dead' || opening === 'filtered') {
      if (this.tries >= (o.tries ?? 3)) return this.finish();
      return sim.now + SECOND * 2 ** (this.tries - 1);
    }
    this.phase = PHASE_SYNACK;
    return sim.now + this.hosts[1].rtt + 30_000;
  }

  private finish(): number {
    this.sim.touch(this.tag);
    this.o.onClose?.(this.sim.now);
    return -1;
  }

  /** Asks the script for what comes next and plans for it. */
  private nextMessage(): number {
    const r = this.o.script?.next();
    if (r === undefined || r.done === true) {
      this.message = undefined;
      return this.beginClose();
    }
    this.message = r.value;
    const think = r.value.think ?? 0;
    const turned = r.value.from !== this.from || this.sent[this.from] === 0;
    const travel = turned ? this.hosts[r.value.from]!.rtt : 0;
    this.beginAt = Math.max(this.lastSent, this.sim.now) + travel + think + 15_000;
    this.action = DO_BEGIN;
    return this.plan();
  }

  private begin(): void {
    const m = this.message!;
    if (m.from !== this.from) {
      // What the other side sent is acknowledged by the first segment of the answer.
      this.acked[this.from] = this.sent[this.from]!;
      this.unacked = 0;
      this.delayedAt = Number.POSITIVE_INFINITY;
      this.head = this.tail;
    }
    this.from = m.from;
    this.content = m.content;
    this.base = this.sent[m.from]!;
    this.sendAt = this.sim.now;
    this.message = undefined;
  }

  private dataStep(): number {
    switch (this.action) {
      case DO_BEGIN:
        this.begin();
        if (this.content!.length === 0) return this.nextMessage();
        this.sendData();
        break;
      case DO_DATA:
        this.sendData();
        break;
      case DO_ACK:
        this.sendAck(this.ringAcks![this.head++ & (RING - 1)]!);
        break;
      case DO_DELAYED:
        this.delayedAt = Number.POSITIVE_INFINITY;
        this.unacked = 0;
        this.sendAck(this.sent[this.from]!);
        break;
      default:
        this.retransmit();
    }
    if (
      this.message === undefined &&
      this.content !== undefined &&
      this.sent[this.from]! - this.base >= this.content.length &&
      this.lossAt < 0
    ) {
      this.content = undefined;
      return this.nextMessage();
    }
    return this.plan();
  }

  private plan(): number {
    let time = Number.POSITIVE_INFINITY;
    if (this.content === undefined) {
      if (this.message !== undefined) {
        time = this.beginAt;
        this.action = DO_BEGIN;
      }
    } else if (this.sent[this.from]! - this.base < this.content.length && this.duplicates < 3) {
      const flight = (this.sent[this.from]! - this.acked[this.from]!) / this.mss;
      if (flight < this.congestion && this.tail - this.head < RING - 4) {
        time = this.sendAt;
        this.action = DO_DATA;
      }
    }
    if (this.retransmitAt < time) {
      time = this.retransmitAt;
      this.action = DO_RETRANSMIT;
    }
    if (this.head < this.tail && this.ringTimes![this.head & (RING - 1)]! < time) {
      time = this.ringTimes![this.head & (RING - 1)]!;
      this.action = DO_ACK;
    }
    if (this.delayedAt < time) {
      time = this.delayedAt;
      this.action = DO_DELAYED;
    }
    return Math.max(time, this.sim.now);
  }

  private pushAck(time: number, ack: number): void {
    this.ringTimes ??= new Float64Array(RING);
    this.ringAcks ??= new Float64Array(RING);
    const previous = this.tail > this.head ? this.ringTimes[(this.tail - 1) & (RING - 1)]! : 0;
    this.ringTimes[this.tail & (RING - 1)] = Math.max(time, previous);
    this.ringAcks[this.tail & (RING - 1)] = ack;
    this.tail++;
  }

  private sendData(): void {
    const { sim, from } = this;
    const content = this.content!;
    const position = this.sent[from]! - this.base;
    const count = Math.min(this.mss, content.length - position);
    const last = position + count >= content.length;
    const to = from === 0 ? 1 : 0;
    const now = sim.now;
    const arrival = now + this.hosts[to]!.rtt;
    const lose = this.o.loss !== undefined && this.lossAt < 0 && sim.rng.chance(this.o.loss);
    // What a machine on the internet sends is lost on its way here; what a local one sends is lost after it was seen.
    if (!lose || this.hosts[from]!.local) {
      this.segment(from, last ? PSH | ACK : ACK, this.sent[from]!, this.sent[to]!, content, position, count);
    }
    if (lose) {
      this.lossAt = this.sent[from]!;
      this.lossLength = count;
      this.duplicates = 0;
      this.unacked = 0;
      this.delayedAt = Number.POSITIVE_INFINITY;
    }
    this.sent[from] = this.sent[from]! + count;
    this.lastSent = now;
    if (this.lossAt >= 0) {
      if (!lose) this.pushAck(arrival + 5_000, this.lossAt);
      if (last && this.retransmitAt === Number.POSITIVE_INFINITY)
        this.retransmitAt = now + Math.max(200 * MS, 2 * (this.hosts[0].rtt + this.hosts[1].rtt));
    } else if (++this.unacked >= 2) {
      this.pushAck(arrival + 5_000, this.sent[from]!);
      this.unacked = 0;
      this.delayedAt = Number.POSITIVE_INFINITY;
    } else {
      this.delayedAt = arrival + 40 * MS;
    }
    this.sendAt = now + ((count + 78) * 8 * SECOND) / this.rate[from]!;
  }

  private sendAck(ack: number): void {
    const { from } = this;
    const to = from === 0 ? 1 : 0;
    const flight = (this.sent[from]! - this.acked[from]!) / this.mss;
    const blocked = flight >= this.congestion;
    this.segment(to, ACK, this.sent[to]!, ack, null, 0, 0);
    if (ack > this.acked[from]!) {
      this.congestion = Math.min(this.maxFlight, this.congestion + (ack - this.acked[from]!) / this.mss);
      this.acked[from] = ack;
    }
    if (this.lossAt >= 0 && ack === this.lossAt && ++this.duplicates === 3) {
      this.retransmitAt = this.sim.now + this.hosts[from]!.rtt;
    }
    if (blocked) this.sendAt = Math.max(this.sendAt, this.sim.now + this.hosts[from]!.rtt);
  }

  private retransmit(): void {
    const { from } = this;
    const to = from === 0 ? 1 : 0;
    this.segment(from, PSH | ACK, this.lossAt, this.sent[to]!, this.content!, this.lossAt - this.base, this.lossLength);
    this.lastSent = this.sim.now;
    this.retransmitAt = Number.POSITIVE_INFINITY;
    this.lossAt = -1;
    this.duplicates = 0;
    this.congestion = Math.max(4, this.congestion / 2);
    // Duplicate ACKs still under way would arrive before the retransmission does; they are left out.
    this.head = this.tail;
    this.pushAck(this.sim.now + this.hosts[to]!.rtt + 5_000, this.sent[from]!);
    this.sendAt = this.sim.now + this.hosts[to]!.rtt + this.hosts[from]!.rtt;
  }

  private beginClose(): number {
    const { o, sim } = this;
    const now = Math.max(this.lastSent, sim.now);
    const ending = o.ending ?? 'fin';
    const linger = o.linger ?? 0;
    const closer: 0 | 1 = ending === 'server-fin' || ending === 'server-rst' ? 1 : 0;
    const peer: 0 | 1 = closer === 0 ? 1 : 0;
    // Everything outstanding is acknowledged first.
    while (this.head < this.tail) {
      const i = this.head++ & (RING - 1);
      this.closing.push({
        time: this.ringTimes![i]!,
        side: this.from === 0 ? 1 : 0,
        flags: ACK,
        seqExtra: 0,
        ackExtra: this.ringAcks![i]! - this.sent[this.from]!,
      });
    }
    if (this.delayedAt < Number.POSITIVE_INFINITY) {
      this.closing.push({ time: this.delayedAt, side: this.from === 0 ? 1 : 0, flags: ACK, seqExtra: 0, ackExtra: 0 });
    }
    let t = now + this.hosts[closer]!.rtt + linger + 50_000;
    const last = this.closing[this.closing.length - 1];
    if (last !== undefined) t = Math.max(t, last.time + this.hosts[closer]!.rtt + 20_000);
    const add = (time: number, side: 0 | 1, flags: number, seqExtra: number, ackExtra: number): void => {
      this.closing.push({ time, side, flags, seqExtra, ackExtra });
    };
    if (ending === 'rst' || ending === 'server-rst') add(t, closer, RST | ACK, 0, 0);
    else if (ending !== 'none') {
      add(t, closer, FIN | ACK, 0, 0);
      let reply = t + this.hosts[peer]!.rtt + 20_000;
      if (ending === 'fin4') {
        add(reply, peer, ACK, 0, 1);
        reply += 2 * MS;
      }
      add(reply, peer, FIN | ACK, 0, 1);
      add(reply + this.hosts[closer]!.rtt + 10_000, closer, ACK, 1, 1);
    }
    this.phase = PHASE_CLOSE;
    return this.closing.length === 0 ? this.finish() : this.closing[0]!.time;
  }

  private closeStep(): number {
    const c = this.closing.shift();
    if (c === undefined) return this.finish();
    const other = c.side === 0 ? 1 : 0;
    this.segment(c.side, c.flags, this.sent[c.side]! + c.seqExtra, this.sent[other]! + c.ackExtra, null, 0, 0);
    const next = this.closing[0];
    return next === undefined ? this.finish() : Math.max(next.time, this.sim.now);
  }
}

/** Opens a connection at `time`. */
export function connect(sim: Sim, time: number, client: Host, server: Host, port: number, o: TcpOptions = {}): void {
  sim.at(time, () => sim.start(sim.now, new TcpFlow(sim, client, server, port, o)));
}
