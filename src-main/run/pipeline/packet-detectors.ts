/** Detectors of packets beside the meter: what they are given, what is told of them, and when they are left out. */
import type { ReportDetector } from '../../../src-shared/domain/report.ts';
import { PACKET_DETECTORS } from '../../detect/detectors/packets/registry.ts';
import { outermost } from '../../detect/detectors/packets/rows.ts';
import { UNUSUAL, type PacketDetector, type PacketDetectorOptions } from '../../detect/detectors/packets/types.ts';
import { formatAddress, type HostTable } from '../../meter/hosts.ts';
import type { PacketBatch, SegmentBatch } from '../../meter/packets/types.ts';

/** Sources that are told, and that are counted apart at most. */
const SOURCES_TOLD = 5;
const SOURCES_COUNTED = 65_536;

interface Running {
  detector: PacketDetector;
  /** Unusual packets by id of the source. */
  sources: Map<number, number>;
}

export class PacketDetectors {
  /** Whether packets are looked at; else they are only counted. */
  on = true;
  private readonly running: readonly Running[];
  private readonly hosts: HostTable;
  private leftOut = 0;
  /** The batch taken last, until what was found in it is counted. */
  private last: { packets: number; segments: SegmentBatch } | undefined;
  private rows = new Int32Array(0);

  /** @throws RangeError for an id that is not in the registry. */
  constructor(ids: readonly string[], options: PacketDetectorOptions, hosts: HostTable) {
    this.hosts = hosts;
    this.running = ids.map((id) => {
      const entry = PACKET_DETECTORS.find((one) => one.id === id);
      if (!entry) throw new RangeError(`there is no detector of packets ${id}`);
      return { detector: entry.create(options), sources: new Map<number, number>() };
    });
  }

  observe(packets: PacketBatch, segments: SegmentBatch): void {
    if (!this.on) {
      this.leftOut += packets.count;
      return;
    }
    for (const { detector } of this.running) detector.observe(packets, segments);
    this.last = { packets: packets.count, segments };
  }

  private count(sources: Map<number, number>, segments: SegmentBatch, row: number): void {
    const host = this.hosts.find(segments.columns.src, row * 4);
    const known = sources.get(host);
    if (known !== undefined || sources.size < SOURCES_COUNTED) sources.set(host, (known ?? 0) + 1);
  }

  /** To be waited for after each batch, which must still be there. */
  async learn(): Promise<void> {
    const { last } = this;
    if (!last) return;
    this.last = undefined;
    this.rows = outermost(last.segments, last.packets, this.rows);
    for (const { detector, sources } of this.running) {
      await detector.learn();
      const { surprise } = detector;
      for (let p = 0; p < last.packets; p++) {
        if (surprise[p]! >= UNUSUAL) this.count(sources, last.segments, this.rows[p]!);
      }
    }
  }

  finish(): void {
    for (const { detector } of this.running) detector.finish();
  }

  report(): ReportDetector[] {
    return this.running.map(({ detector, sources }) => {
      const { id, status, backend, ...packets } = detector.report();
      const most = [...sources].filter(([host]) => host > 0).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      const told = most.slice(0, SOURCES_TOLD).map(([host, count]) => {
        return { address: formatAddress(this.hosts.words, host * 4), packets: count };
      });
      return { id, status, flowsScored: 0, backend, packets: { ...packets, leftOut: this.leftOut, sources: told } };
    });
  }
}
