/** A network card as a sensor reads it: slices as packets come, and by the clock while none do. */
import type { PacketBatch } from '../../../meter/packets/types.ts';
import type { LiveSource } from '../../pipeline/live/source.ts';
import { Slicer, type OnSlice } from './slicer.ts';

export class LiveRun {
  readonly source: LiveSource;
  readonly slicer: Slicer;
  packets = 0;

  constructor(source: LiveSource, onSlice: OnSlice, onPackets: (packets: PacketBatch) => void) {
    this.source = source;
    this.slicer = new Slicer(source.meter, onSlice);
    source.tap((packets) => {
      this.slicer.arrived(packets);
      this.slicer.metered();
      onPackets(packets);
    });
  }

  /** Reads on; false at the end. */
  async next(): Promise<boolean> {
    const seen = await this.source.next();
    if (!seen) return false;
    this.packets += seen.packets;
    if (seen.packets > 0) this.slicer.pushed(seen.observations, seen.packets);
    else this.slicer.tick(Math.floor(seen.observations.now), seen.observations);
    return true;
  }

  /** Ends what is open. */
  finish(): boolean {
    this.slicer.close();
    return true;
  }
}
