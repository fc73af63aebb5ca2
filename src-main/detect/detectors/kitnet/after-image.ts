/**
 * AfterImage of Kitsune (Mirsky, Doitshman, Elovici & Shabtai, NDSS 2018): damped statistics of the streams a packet belongs
 * to, brought up to date by the packet and read at once. A statistic of weight w, linear sum and square sum fades by
 * 2^(−λΔt); five λ from a tenth of a second to about a minute and a half. Per λ 23 numbers: weight, mean and deviation of
 * packet sizes from the source's hardware and IP address together, from its IP address, of the channel (source to target),
 * of the socket (with both ports), and of the channel's intervals; for channel and socket also magnitude, radius,
 * covariance and correlation with what comes back. 115 in all. About 1 µs a packet (test/bench/packet-detectors.ts).
 */
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import { finishHash, stirAddress, stirWord } from '../packets/rows.ts';
import { StreamTable } from './stream-table.ts';

/** Decay factors, 1/s. */
export const LAMBDAS = [5, 3, 1, 0.1, 0.01] as const;
const L = LAMBDAS.length;
export const PER_LAMBDA = 23;
export const WIDTH = L * PER_LAMBDA;

/** Places of the tables: hosts twice (with and without hardware address), channels, sockets. About 20 MB together. */
export const PLACES = { hosts: 8192, channels: 16_384, sockets: 16_384 } as const;

// A one-sided stream: time of the last packet, then w, LS, SS of each λ.
const ONE = 1 + 3 * L;
// A two-sided one: time of the last packet of either side; w, LS, SS of each side and λ; last residual of each side and λ;
// sum of residual products of each λ.
const SIDE = 3 * L;
const RESIDUALS = 1 + 2 * SIDE;
const PRODUCTS = RESIDUALS + 2 * L;
const TWO = PRODUCTS + L;
// A channel also: time of the last packet of each side (0: none yet), then w, LS, SS of the intervals of each side and λ.
const LAST = TWO;
const JITTER = LAST + 2;
const CHANNEL = JITTER + 2 * SIDE;

/** Names of the 115 columns, in their order. */
export const COLUMNS: readonly string[] = LAMBDAS.flatMap((lambda) => {
  const one = (what: string): string[] => ['weight', 'mean', 'sd'].map((s) => `${what} ${s}`);
  const two = (what: string): string[] => ['magnitude', 'radius', 'cov', 'pcc'].map((s) => `${what} ${s}`);
  const names = [...one('mac+ip'), ...one('ip'), ...one('channel'), ...two('channel'), ...one('jitter')];
  return [...names, ...one('socket'), ...two('socket')].map((name) => `${name} λ=${lambda}`);
});

/** Variance of w, LS, SS at `at`. */
function variance(d: Float64Array, at: number): number {
  const w = d[at]!;
  const mean = d[at + 1]! / w;
  return Math.abs(d[at + 2]! / w - mean * mean);
}

export class AfterImage {
  /** The numbers of the packet taken last. */
  readonly row = new Float64Array(WIDTH);
  private readonly decay = new Float64Array(L);
  private readonly seed: number;
  private readonly cards: StreamTable;
  private readonly hosts: StreamTable;
  private readonly channels: StreamTable;
  private readonly sockets: StreamTable;

  /** Two detectors of one seed place streams alike. */
  constructor(seed: number, places: { hosts: number; channels: number; sockets: number } = PLACES) {
    this.seed = seed | 0;
    this.cards = new StreamTable(places.hosts, ONE);
    this.hosts = new StreamTable(places.hosts, ONE);
    this.channels = new StreamTable(places.channels, CHANNEL);
    this.sockets = new StreamTable(places.sockets, TWO);
  }

  /** Streams forgotten because there were too many at once. */
  get evicted(): number {
    return this.cards.evicted + this.hosts.evicted + this.channels.evicted + this.sockets.evicted;
  }

  /** Takes one packet, by its row in both batches, and fills `row`. */
  take(packets: PacketBatch, segments: SegmentBatch, packet: number, row: number): void {
    const c = segments.columns;
    const now = c.sec[row]! + c.nano[row]! * 1e-9;
    const size = packets.columns.wire[packet]!;
    const { seed } = this;
    const from = stirAddress(seed, c.src, row * 4);
    const to = stirAddress(seed, c.dst, row * 4);
    const mac = c.srcMac[row]!;
    const card = stirWord(stirWord(from, mac % 4294967296), Math.floor(mac / 4294967296));
    this.one(this.cards, this.place(this.cards, card, 1, now), now, size, 0);
    this.one(this.hosts, this.place(this.hosts, from, 2, now), now, size, 3);
    const proto = c.proto[row]! << 16;
    this.channel(from, to, now, size);
    this.socket(stirWord(from, proto | c.srcPort[row]!), stirWord(to, proto | c.dstPort[row]!), now, size);
  }

  private place(table: StreamTable, hash: number, salt: number, now: number): number {
    return table.find(finishHash(stirWord(hash, salt)), finishHash(hash ^ Math.imul(salt, 0x9e3779b1)), now);
  }

  /** Place of a pair, the same from both ends. */
  private pair(table: StreamTable, a: number, b: number, salt: number, now: number): number {
    const low = a < b ? a : b;
    const high = a < b ? b : a;
    return this.place(table, stirWord(stirWord(low, high), high ^ low), salt, now);
  }

  /** Fills `decay` with 2^(−λΔt): one exponential, the others are its powers. */
  private fade(seconds: number): void {
    const { decay } = this;
    const hundredth = seconds > 0 ? Math.pow(2, -0.01 * seconds) : 1;
    const tenth = power10(hundredth);
    const whole = power10(tenth);
    const cube = whole * whole * whole;
    decay[0] = cube * whole * whole;
    decay[1] = cube;
    decay[2] = whole;
    decay[3] = tenth;
    decay[4] = hundredth;
  }

  /** Fades w, LS, SS of each λ and adds a value. */
  private add(d: Float64Array, at: number, value: number): void {
    for (let l = 0; l < L; l++) {
      const i = at + l * 3;
      d[i] = d[i]! + 1;
      d[i + 1] = d[i + 1]! + value;
      d[i + 2] = d[i + 2]! + value * value;
    }
  }

  private fadeAll(d: Float64Array, at: number, parts: number): void {
    const { decay } = this;
    for (let l = 0; l < L; l++) for (let k = 0; k < parts; k++) d[at + l * parts + k]! *= decay[l]!;
  }

  /** Weight, mean and deviation of each λ to the columns from `column`. */
  private tell(d: Float64Array, at: number, column: number): void {
    const { row } = this;
    for (let l = 0; l < L; l++) {
      const i = at + l * 3;
      const out = l * PER_LAMBDA + column;
      const w = d[i]!;
      row[out] = w;
      row[out + 1] = w > 0 ? d[i + 1]! / w : 0;
      row[out + 2] = w > 0 ? Math.sqrt(variance(d, i)) : 0;
    }
  }

  private one(table: StreamTable, at: number, now: number, size: number, column: number): void {
    const d = table.data;
    const isNew = d[at + 1] === 0;
    this.fade(isNew ? 0 : now - d[at]!);
    if (isNew || now > d[at]!) d[at] = now;
    this.fadeAll(d, at + 1, 3);
    this.add(d, at + 1, size);
    this.tell(d, at + 1, column);
  }

  /** Both sides fade; the packet counts for its own, `side`. */
  private two(d: Float64Array, at: number, side: number, now: number, size: number, column: number): void {
    this.fadeAll(d, at + 1, 3);
    this.fadeAll(d, at + 1 + SIDE, 3);
    this.fadeAll(d, at + RESIDUALS, 1);
    this.fadeAll(d, at + RESIDUALS + L, 1);
    this.fadeAll(d, at + PRODUCTS, 1);
    const own = at + 1 + side * SIDE;
    const other = at + 1 + (1 - side) * SIDE;
    this.add(d, own, size);
    this.tell(d, own, column);
    const { row } = this;
    for (let l = 0; l < L; l++) {
      const i = own + l * 3;
      const j = other + l * 3;
      const out = l * PER_LAMBDA + column;
      const residual = size - d[i + 1]! / d[i]!;
      const mine = at + RESIDUALS + side * L + l;
      const theirs = at + RESIDUALS + (1 - side) * L + l;
      d[at + PRODUCTS + l]! += residual * d[theirs]!;
      d[mine] = residual;
      const answered = d[j]! > 0;
      const m = row[out + 1]!;
      const v = variance(d, i);
      const m2 = answered ? d[j + 1]! / d[j]! : 0;
      const v2 = answered ? variance(d, j) : 0;
      const covariance = answered ? d[at + PRODUCTS + l]! / (d[i]! + d[j]!) : 0;
      const deviations = Math.sqrt(v * v2);
      row[out + 3] = Math.sqrt(m * m + m2 * m2);
      row[out + 4] = Math.sqrt(v * v + v2 * v2);
      row[out + 5] = covariance;
      row[out + 6] = deviations > 1e-9 ? Math.max(-1, Math.min(1, covariance / deviations)) : 0;
    }
    if (now > d[at]!) d[at] = now;
  }

  private elapsed(d: Float64Array, at: number, now: number): number {
    // A new pair has seen nothing on either side.
    if (d[at + 1] === 0 && d[at + 1 + SIDE] === 0) d[at] = now;
    return now - d[at]!;
  }

  private channel(from: number, to: number, now: number, size: number): void {
    const side = from < to ? 0 : 1;
    const at = this.pair(this.channels, from, to, 3, now);
    const d = this.channels.data;
    this.fade(this.elapsed(d, at, now));
    this.fadeAll(d, at + JITTER, 3);
    this.fadeAll(d, at + JITTER + SIDE, 3);
    this.two(d, at, side, now, size, 6);
    const jitter = at + JITTER + side * SIDE;
    const last = at + LAST + side;
    if (d[last] !== 0) this.add(d, jitter, Math.max(0, now - d[last]!));
    d[last] = now;
    this.tell(d, jitter, 13);
  }

  private socket(from: number, to: number, now: number, size: number): void {
    const at = this.pair(this.sockets, from, to, 4, now);
    const d = this.sockets.data;
    this.fade(this.elapsed(d, at, now));
    this.two(d, at, from < to ? 0 : 1, now, size, 16);
  }
}

function power10(x: number): number {
  const two = x * x;
  const four = two * two;
  return four * four * two;
}
