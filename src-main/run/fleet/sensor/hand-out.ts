/** A sensor that hands out packets: those of the files that it reads, or the last ones of its card, which it keeps in a ring on disk. */
import type { KeyObject } from 'node:crypto';
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { PacketKeeper } from '../../pipeline/live/packet-keeper.ts';
import { names } from '../names.ts';
import type { KnownDesk } from '../packets/ask.ts';
import { PacketCounter, type CounterCounts } from '../packets/counter.ts';
import type { Transport } from '../types.ts';

const TICK_MS = 1000;

export interface HandOutOptions {
  /** Who may ask, by public key (wire/keys.ts). */
  desks: ReadonlyMap<string, KnownDesk>;
  /** Bytes of one answer at most. */
  most: number;
  /** Of a card: keeps its last packets; closed with the sensor. Absent: the files that are read have them. */
  keeper?: PacketKeeper | undefined;
}

interface Around {
  name: string;
  key: KeyObject;
  transport: Transport;
  source: object | { files: readonly string[] };
  onNotice: (code: string, message: string) => void;
}

export class HandOut {
  private readonly options: HandOutOptions;
  private readonly counter: PacketCounter;
  private readonly stop = new AbortController();
  private readonly serving: Promise<void>;
  private readonly ticking: NodeJS.Timeout | undefined;

  constructor(options: HandOutOptions, { name, key, transport, source, onNotice }: Around) {
    this.options = options;
    const { keeper, desks, most } = options;
    const files = 'files' in source ? source.files : [];
    this.counter = new PacketCounter({
      sensor: name,
      key,
      desks,
      most,
      filesOf: (from, to) => (keeper ? keeper.filesOf(from, to) : files),
      onAnswer: (text, why) => onNotice(why === undefined ? 'packets-handed-out' : 'packets-refused', text),
    });
    this.ticking = keeper && setInterval(() => keeper.tick(), TICK_MS);
    this.serving = transport
      .serve(names.packets(name), this.counter.answer, this.stop.signal)
      .catch((error: unknown) => {
        if (this.stop.signal.aborted) return;
        const said = error instanceof SondeError ? `${error.message}. ${error.cure}` : String(error);
        onNotice('packets-not-served', `Packets cannot be handed out: ${said}`);
      });
  }

  keep(packets: PacketBatch, segments: SegmentBatch): void {
    this.options.keeper?.add(packets, segments);
  }

  counts(): CounterCounts {
    const { answered, refused } = this.counter.counts;
    return { answered, refused: { ...refused } };
  }

  async close(): Promise<void> {
    this.stop.abort();
    clearInterval(this.ticking);
    await this.serving;
    this.counter.close();
    await this.options.keeper?.close();
  }
}
