/** The last packets of a live capture on disk (meter/capture/ring), whole or headers only. */
import type { LiveNoticeCode, LiveRing } from '../../../../src-shared/domain/live.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { headerLengths } from '../../../meter/capture/ring/headers.ts';
import { PacketRing } from '../../../meter/capture/ring/ring.ts';
import { BATCH_PACKETS, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';

export const RING_MODES = ['off', 'headers', 'full'] as const;
export type RingMode = (typeof RING_MODES)[number];

export interface RingSettings {
  folder: string;
  mode: RingMode;
  /** Of all files together (default 1 GiB). */
  maxBytes?: number;
  /** Seconds of packets that are kept (default: no bound). */
  maxSeconds?: number;
  /** Default 1000. */
  maxFiles?: number;
}

export class PacketKeeper {
  private readonly ring: PacketRing;
  private readonly headersOnly: boolean;
  private room = new Uint32Array(BATCH_PACKETS);

  private constructor(ring: PacketRing, headersOnly: boolean) {
    this.ring = ring;
    this.headersOnly = headersOnly;
  }

  /** Undefined where nothing is to be kept. @throws SondeError `write-failed` where the folder cannot be made or read */
  static async open(
    settings: RingSettings | undefined,
    onNotice: (code: LiveNoticeCode, message: string) => void,
  ): Promise<PacketKeeper | undefined> {
    if (!settings || settings.mode === 'off') return undefined;
    const { folder, mode, maxBytes, maxSeconds, maxFiles } = settings;
    const opening = PacketRing.open({
      directory: folder,
      program: 'Sonde',
      onNotice,
      ...(maxBytes === undefined ? {} : { totalBytes: maxBytes }),
      ...(maxSeconds === undefined
        ? {}
        : { keepSeconds: maxSeconds, fileSeconds: Math.max(1, Math.min(300, Math.floor(maxSeconds / 4))) }),
      ...(maxFiles === undefined ? {} : { files: maxFiles }),
    });
    const ring = await opening.catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      throw new SondeError(
        'write-failed',
        `packets cannot be kept in ${folder}: ${said}`,
        folder,
        'Name another folder.',
      );
    });
    return new PacketKeeper(ring, mode === 'headers');
  }

  /** Takes a batch and what it was taken apart into. */
  add(packets: PacketBatch, segments: SegmentBatch): void {
    if (this.headersOnly) {
      if (this.room.length < packets.count) this.room = new Uint32Array(packets.count);
      headerLengths(packets, segments, this.room);
      this.ring.add(packets, this.room);
    } else this.ring.add(packets);
  }

  /** Every second: a crash costs no more than what came since. */
  tick(): void {
    this.ring.tick();
  }

  statistics(): LiveRing {
    return this.ring.statistics();
  }

  filesOf(fromSec: number, toSec: number): string[] {
    return this.ring.filesOf(fromSec, toSec);
  }

  close(): Promise<void> {
    return this.ring.close();
  }
}
