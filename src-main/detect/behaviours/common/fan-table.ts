/**
 * Fans: for a key of two numbers (say, source and target), which different members (say, ports) were tried, and how
 * each try ended. Most keys ever see one member (every flow of a spoofed flood), so a key costs a row of typed arrays
 * until its second member; only then does it become an object. Cost: one hash look-up an event.
 */
import type { PacketTime } from '../../types.ts';
import { mix32 } from './distinct.ts';

/** How a member's try ended, best outcome so far. */
export const TRIED = { PENDING: 1, REFUSED: 2, ANSWERED: 3, USED: 4 } as const;

const NOTHING = 0xffffffff;
/** Flow ids kept of one fan before and after it has been reported. */
const FLOWS_BEFORE = 128;
const FLOWS_AFTER = 10_000;

/** Members of one fan with their state: open addressing, at most 65,536. */
export class Members {
  count = 0;
  private keys = new Uint32Array(8).fill(NOTHING);
  private states = new Uint8Array(8);

  /** State before (0: not a member, -1: no room for more). */
  note(member: number, state: number): number {
    const mask = this.keys.length - 1;
    let slot = mix32(member) & mask;
    for (;;) {
      const key = this.keys[slot]!;
      if (key === member) {
        const before = this.states[slot]!;
        if (state > before) this.states[slot] = state;
        return before;
      }
      if (key === NOTHING) break;
      slot = (slot + 1) & mask;
    }
    if (state === 0) return 0;
    if (this.count >= 1 << 16) return -1;
    this.keys[slot] = member;
    this.states[slot] = state;
    if (++this.count * 2 > mask) this.grow();
    return 0;
  }

  /** Members in order of value; with `state` only those in it. */
  list(state = 0): number[] {
    const found: number[] = [];
    this.each((key, how) => {
      if (state === 0 || how === state) found.push(key);
    });
    return found.sort((a, b) => a - b);
  }

  each(visit: (member: number, state: number) => void): void {
    const { keys, states } = this;
    for (let slot = 0; slot < keys.length; slot++) {
      if (keys[slot] !== NOTHING) visit(keys[slot]!, states[slot]!);
    }
  }

  private grow(): void {
    const { keys, states } = this;
    this.keys = new Uint32Array(keys.length * 2).fill(NOTHING);
    this.states = new Uint8Array(keys.length * 2);
    const mask = this.keys.length - 1;
    keys.forEach((key, i) => {
      if (key === NOTHING) return;
      let slot = mix32(key) & mask;
      while (this.keys[slot] !== NOTHING) slot = (slot + 1) & mask;
      this.keys[slot] = key;
      this.states[slot] = states[i]!;
    });
  }
}

/** A key with at least two members. */
export class Fan {
  readonly a: number;
  readonly b: number;
  readonly first: PacketTime;
  lastSec: number;
  private lastNano: number;
  /** Tries in all (flows), and of different members: how many were refused, answered, answered and used. */
  tries = 0;
  refused = 0;
  answered = 0;
  used = 0;
  /** Tries by how they were opened (`OPENING`; for other protocols all under 0). */
  readonly openings = new Uint32Array(8);
  readonly flows: number[] = [];
  /** When the behaviour had enough; null before. */
  decided: PacketTime | null = null;
  /** Members when last reported: a report is brought up to date when there are notably more. */
  reportedAt = 0;
  /** Free for the behaviour: already counted towards a case of several weak fans. */
  counted = false;
  /** Decided as a hint only. */
  hinted = false;
  /** Payload bytes of first packets. */
  payload = 0;
  private readonly members = new Members();
  private recentSecond = 0;
  private recent = 0;
  private before = 0;

  constructor(a: number, b: number, first: PacketTime) {
    this.a = a;
    this.b = b;
    this.first = first;
    this.lastSec = first.sec;
    this.lastNano = first.nano;
  }

  /** Different members tried. */
  get tried(): number {
    return this.members.count;
  }

  list(state = 0): number[] {
    return this.members.list(state);
  }

  /** Members in no order, with their state (`TRIED`). */
  each(visit: (member: number, state: number) => void): void {
    this.members.each(visit);
  }

  /** When it was last tried. */
  get last(): PacketTime {
    return { sec: this.lastSec, nano: this.lastNano };
  }

  /** One try. True when the member is new. */
  tryMember(member: number, flow: number, sec: number, nano: number, opening: number, payload: number): boolean {
    this.tries++;
    this.lastSec = sec;
    this.lastNano = nano;
    this.payload += payload;
    this.openings[opening] = this.openings[opening]! + 1;
    if (this.flows.length < (this.decided ? FLOWS_AFTER : FLOWS_BEFORE)) this.flows.push(flow);
    if (this.members.note(member, TRIED.PENDING) !== 0) return false;
    if (sec !== this.recentSecond) {
      this.before = sec - this.recentSecond === 1 ? this.recent : 0;
      this.recent = 0;
      this.recentSecond = sec;
    }
    this.recent++;
    return true;
  }

  /** What became of a try. Members never tried are passed over. */
  settle(member: number, state: number): void {
    const before = this.members.note(member, 0);
    if (before <= 0 || state <= before) return;
    this.members.note(member, state);
    if (before === TRIED.REFUSED) this.refused--;
    if (state === TRIED.REFUSED) this.refused++;
    if (state >= TRIED.ANSWERED && before < TRIED.ANSWERED) this.answered++;
    if (state === TRIED.USED) this.used++;
  }

  /**
   * Different members whose last word is failure: refused, or not answered though tried before the current and the
   * last second (`now`: whole seconds; infinity: nothing can be answered any more).
   */
  failed(now: number): number {
    let young = 0;
    if (now - this.recentSecond < 1) young = this.recent + this.before;
    else if (now - this.recentSecond < 2) young = this.recent;
    return Math.max(this.refused, this.members.count - this.answered - young);
  }

  /** Members that answered, but were never used to carry anything. */
  get idle(): number {
    return this.answered - this.used;
  }
}

export interface FanTableOptions {
  /** Keys held (a power of two): beyond it, old ones that never got a second member are forgotten. */
  keys?: number;
  /** Fans held: beyond it, the longest silent half of the undecided ones is forgotten. */
  fans?: number;
  /** Seconds of silence after which a decided fan starts anew (default: never). */
  pause?: number;
}

/** See the head of the file. */
export class FanTable {
  private readonly ceiling: number;
  private readonly fanCeiling: number;
  private readonly pause: number;
  private mask: number;
  private slots: Int32Array;
  private rows = 0;
  private keyA: Uint32Array;
  private keyB: Uint32Array;
  private member: Uint32Array;
  private flow: Float64Array;
  private sec: Float64Array;
  private nano: Uint32Array;
  private state: Uint8Array;
  private opening: Uint8Array;
  /** Payload of the first try; then index of the fan + 1 where `state` is 255. */
  private extra: Uint32Array;
  private fans: Fan[] = [];
  /** True when the last `note` saw a key for the first time; a new member of it. */
  freshKey = false;
  freshMember = false;

  constructor(options: FanTableOptions = {}) {
    this.ceiling = options.keys ?? 1 << 17;
    this.fanCeiling = options.fans ?? 8192;
    this.pause = options.pause ?? Number.POSITIVE_INFINITY;
    const start = 1 << 12;
    this.mask = start * 2 - 1;
    this.slots = new Int32Array(start * 2).fill(-1);
    this.keyA = new Uint32Array(start);
    this.keyB = new Uint32Array(start);
    this.member = new Uint32Array(start);
    this.flow = new Float64Array(start);
    this.sec = new Float64Array(start);
    this.nano = new Uint32Array(start);
    this.state = new Uint8Array(start);
    this.opening = new Uint8Array(start);
    this.extra = new Uint32Array(start);
  }

  /** Fans alive, by first sight. */
  all(): readonly Fan[] {
    return this.fans;
  }

  /** One try of `member` under the key. The fan, once it has two members. */
  note(
    a: number,
    b: number,
    member: number,
    flow: number,
    sec: number,
    nano: number,
    opening: number,
    payload: number,
  ): Fan | undefined {
    this.freshKey = false;
    this.freshMember = false;
    let slot = this.slotOf(a, b);
    let row = this.slots[slot]!;
    if (row < 0) {
      if (this.rows >= this.ceiling) {
        this.forget();
        slot = this.slotOf(a, b);
      } else if (this.rows >= this.keyA.length) {
        this.grow();
        slot = this.slotOf(a, b);
      }
      row = this.rows++;
      this.slots[slot] = row;
      this.keyA[row] = a;
      this.keyB[row] = b;
      this.member[row] = member;
      this.flow[row] = flow;
      this.sec[row] = sec;
      this.nano[row] = nano;
      this.state[row] = TRIED.PENDING;
      this.opening[row] = opening;
      this.extra[row] = payload;
      this.freshKey = true;
      this.freshMember = true;
      return undefined;
    }
    if (this.state[row] !== FANNED) {
      if (this.member[row] === member) return undefined;
      this.promote(row);
    }
    let fan = this.fans[this.extra[row]!]!;
    if (fan.decided && sec - fan.lastSec > this.pause) {
      fan = new Fan(a, b, { sec, nano });
      this.fans[this.extra[row]!] = fan;
    }
    this.freshMember = fan.tryMember(member, flow, sec, nano, opening, payload);
    return fan;
  }

  /** What became of a try; the fan where there is one. */
  settle(a: number, b: number, member: number, state: number): Fan | undefined {
    const row = this.slots[this.slotOf(a, b)]!;
    if (row < 0) return undefined;
    if (this.state[row] === FANNED) {
      const fan = this.fans[this.extra[row]!]!;
      fan.settle(member, state);
      return fan;
    }
    if (this.member[row] === member && state > this.state[row]!) this.state[row] = state;
    return undefined;
  }

  private promote(row: number): void {
    if (this.fans.length >= this.fanCeiling) this.forgetFans();
    const fan = new Fan(this.keyA[row]!, this.keyB[row]!, { sec: this.sec[row]!, nano: this.nano[row]! });
    fan.tryMember(
      this.member[row]!,
      this.flow[row]!,
      fan.first.sec,
      fan.first.nano,
      this.opening[row]!,
      this.extra[row]!,
    );
    fan.settle(this.member[row]!, this.state[row]!);
    this.state[row] = FANNED;
    this.extra[row] = this.fans.length;
    this.fans.push(fan);
  }

  private slotOf(a: number, b: number): number {
    let slot = mix32(Math.imul(a, 0x9e3779b1) ^ mix32(b)) & this.mask;
    for (;;) {
      const row = this.slots[slot]!;
      if (row < 0 || (this.keyA[row] === a && this.keyB[row] === b)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }

  private grow(): void {
    const length = this.keyA.length * 2;
    this.keyA = enlarged(this.keyA, new Uint32Array(length));
    this.keyB = enlarged(this.keyB, new Uint32Array(length));
    this.member = enlarged(this.member, new Uint32Array(length));
    this.flow = enlarged(this.flow, new Float64Array(length));
    this.sec = enlarged(this.sec, new Float64Array(length));
    this.nano = enlarged(this.nano, new Uint32Array(length));
    this.state = enlarged(this.state, new Uint8Array(length));
    this.opening = enlarged(this.opening, new Uint8Array(length));
    this.extra = enlarged(this.extra, new Uint32Array(length));
    this.slots = new Int32Array(length * 2);
    this.mask = this.slots.length - 1;
    this.index();
  }

  /** Keeps all fans and the younger half of the single-member keys. */
  private forget(): void {
    const from = this.rows >> 1;
    this.keep((row) => row >= from || this.state[row] === FANNED);
  }

  /** Drops decided fans never; of the others, the half that has been silent longest. */
  private forgetFans(): void {
    const times = this.fans.map((fan) => fan.lastSec).sort((a, b) => a - b);
    const median = times[times.length >> 1]!;
    const stay = this.fans.map((fan) => fan.lastSec > median || fan.decided !== null);
    let room = this.fanCeiling - 1;
    const moved: number[] = stay.map((kept) => (kept && room-- > 0 ? 0 : -1));
    const fans: Fan[] = [];
    this.fans.forEach((fan, i) => {
      if (moved[i] === 0) moved[i] = fans.push(fan) - 1;
    });
    // All equally recent: nothing would go, and the next promotion would come straight back here.
    if (fans.length > this.fanCeiling * 0.9) {
      fans.length = this.fanCeiling >> 1;
      moved.forEach((to, i) => {
        if (to >= fans.length) moved[i] = -1;
      });
    }
    this.fans = fans;
    for (let row = 0; row < this.rows; row++) {
      if (this.state[row] !== FANNED) continue;
      const to = moved[this.extra[row]!]!;
      if (to >= 0) this.extra[row] = to;
      else {
        this.state[row] = TRIED.PENDING;
        this.extra[row] = 0;
      }
    }
  }

  private keep(stays: (row: number) => boolean): void {
    let to = 0;
    for (let row = 0; row < this.rows; row++) {
      if (!stays(row)) continue;
      this.keyA[to] = this.keyA[row]!;
      this.keyB[to] = this.keyB[row]!;
      this.member[to] = this.member[row]!;
      this.flow[to] = this.flow[row]!;
      this.sec[to] = this.sec[row]!;
      this.nano[to] = this.nano[row]!;
      this.state[to] = this.state[row]!;
      this.opening[to] = this.opening[row]!;
      this.extra[to] = this.extra[row]!;
      to++;
    }
    this.rows = to;
    this.index();
  }

  private index(): void {
    this.slots.fill(-1);
    for (let row = 0; row < this.rows; row++) this.slots[this.slotOf(this.keyA[row]!, this.keyB[row]!)] = row;
  }
}

/** Value of `state` for a key that has become a fan. */
const FANNED = 255;

function enlarged<T extends Uint32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from as never);
  return to;
}
