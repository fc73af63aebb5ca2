/**
 * KitNET, the detector of Kitsune (Mirsky, Doitshman, Elovici & Shabtai, NDSS 2018): damped statistics of a packet's streams
 * (after-image.ts), groups of them before small autoencoders (feature-map.ts), whose errors an output autoencoder judges.
 * Learns packet by packet, which suits live capture. The first packets give the groups, the next teach, the last fifth of
 * them only calibrate; from then on every packet gets a tail probability and nothing is learned.
 */
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import { randomSource } from '../../features/random.ts';
import type { DetectorStatus } from '../../types.ts';
import { calibrate, type TailCalibration } from '../calibration.ts';
import { outermost } from '../packets/rows.ts';
import {
  UNUSUAL,
  type PacketDetector,
  type PacketDetectorOptions,
  type PacketDetectorReport,
} from '../packets/types.ts';
import { AfterImage, WIDTH } from './after-image.ts';
import { correlationDistances, groupColumns } from './feature-map.ts';
import { SmallAutoencoder } from './small-autoencoder.ts';

/** Inputs of a small autoencoder at most. */
const MOST_INPUTS = 10;
/** Of the packets that teach, so many only calibrate. */
const CALIBRATION_SHARE = 0.2;
const MAP_PACKETS = 5_000;
/** With 20,000 a fifth of ordinary traffic is called unusual soon after: docs/detectors.md. */
export const KITNET_PACKETS = 100_000;
const LEAST_TRAINING = 10;

export interface KitnetOptions extends PacketDetectorOptions {
  /** How many of the packets to learn from only give the groups (default 5,000). */
  map?: number;
}

interface Member {
  columns: Int32Array;
  autoencoder: SmallAutoencoder;
}

export class Kitnet implements PacketDetector {
  readonly id = 'kitnet';
  surprise = new Float32Array(0);
  /** Error of the output autoencoder for each packet of the last batch; NaN where it was not scored. */
  error = new Float32Array(0);
  private readonly seed: number;
  private readonly map: number;
  private readonly training: number;
  private readonly image: AfterImage;
  /** Rows of the packets that give the groups, until they have. */
  private early: Float64Array;
  private members: Member[] = [];
  private output: SmallAutoencoder | undefined;
  private errors = new Float64Array(0);
  private outputColumns = new Int32Array(0);
  private readonly held: Float64Array;
  private calibration: TailCalibration | undefined;
  private status: DetectorStatus = 'learning';
  private seen = 0;
  private scored = 0;
  private unusual = 0;
  private rows = new Int32Array(0);

  /** @throws RangeError where too few packets are left to teach. */
  constructor({ seed, map = MAP_PACKETS, learnFrom = KITNET_PACKETS }: KitnetOptions) {
    const training = learnFrom - map;
    if (map < 2 || training < LEAST_TRAINING) throw new RangeError(`kitnet cannot learn from ${learnFrom} packets`);
    this.seed = seed;
    this.map = map;
    this.training = training;
    this.image = new AfterImage(seed);
    this.early = new Float64Array(map * WIDTH);
    this.held = new Float64Array(Math.floor(training * CALIBRATION_SHARE));
  }

  /** Columns of each small autoencoder; none before they are known. */
  get groups(): readonly (readonly number[])[] {
    return this.members.map(({ columns }) => [...columns]);
  }

  /** Streams forgotten because there were too many at once. */
  get evicted(): number {
    return this.image.evicted;
  }

  observe(packets: PacketBatch, segments: SegmentBatch): void {
    const { count } = packets;
    if (this.surprise.length < count) {
      this.surprise = new Float32Array(count * 2);
      this.error = new Float32Array(count * 2);
    }
    this.surprise.fill(NaN);
    this.error.fill(NaN);
    this.rows = outermost(segments, count, this.rows);
    for (let p = 0; p < count; p++) {
      const row = this.rows[p]!;
      if (row < 0) continue;
      this.image.take(packets, segments, p, row);
      this.take(p);
    }
  }

  /** The row that `image` holds, as the phase has it. */
  private take(packet: number): void {
    const number = this.seen++;
    const { row } = this.image;
    if (number < this.map) {
      this.early.set(row, number * WIDTH);
      if (number === this.map - 1) this.arrange();
      return;
    }
    const lesson = number - this.map;
    const teaching = this.training - this.held.length;
    if (lesson < teaching) {
      this.learnRow(row);
      return;
    }
    const error = this.errorOf(row);
    if (lesson < this.training) {
      this.held[lesson - teaching] = error;
      if (lesson === this.training - 1) this.calibrateNow();
      return;
    }
    const surprise = this.calibration!.at(error);
    this.error[packet] = error;
    this.surprise[packet] = surprise;
    this.scored++;
    if (surprise >= UNUSUAL) this.unusual++;
  }

  private arrange(): void {
    const groups = groupColumns(correlationDistances(this.early, this.map, WIDTH), WIDTH, MOST_INPUTS);
    this.early = new Float64Array(0);
    const random = randomSource(this.seed, 7201);
    this.members = groups.map((columns) => ({
      columns: Int32Array.from(columns),
      autoencoder: new SmallAutoencoder(columns.length, random),
    }));
    this.output = new SmallAutoencoder(groups.length, random);
    this.errors = new Float64Array(groups.length);
    this.outputColumns = Int32Array.from(groups.keys());
  }

  private learnRow(row: Float64Array): void {
    for (let m = 0; m < this.members.length; m++) {
      const { columns, autoencoder } = this.members[m]!;
      this.errors[m] = autoencoder.learn(row, columns);
    }
    this.output!.learn(this.errors, this.outputColumns);
  }

  private errorOf(row: Float64Array): number {
    for (let m = 0; m < this.members.length; m++) {
      const { columns, autoencoder } = this.members[m]!;
      this.errors[m] = autoencoder.error(row, columns);
    }
    return this.output!.error(this.errors, this.outputColumns);
  }

  private calibrateNow(): void {
    this.calibration = calibrate(this.held);
    this.status = 'scored';
  }

  /** Learns as packets come: there is nothing to wait for. */
  async learn(): Promise<void> {}

  finish(): void {
    if (this.status === 'learning') this.status = 'insufficient';
  }

  report(): PacketDetectorReport {
    const { id, status, seen, scored, unusual } = this;
    return { id, status, backend: 'js', seen, needed: this.map + this.training, scored, unusual };
  }
}
