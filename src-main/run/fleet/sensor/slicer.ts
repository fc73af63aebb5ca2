/**
 * What a meter gives, as slices of the packets' clock. Before the packets of a new second its clock is moved there second by
 * second, so that what ends by the clock alone ends in the same cell on every sensor, whether or not its own packets went on.
 */
import { PacketClock } from '../../../meter/flows/clock.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import type { Observations } from '../../../detect/types.ts';
import type { Meter } from '../../pipeline/meter.ts';
import { CELLS_PER_SECOND, cellOf } from '../../pipeline/slices.ts';
import type { CardNews } from '../types.ts';
import { CardWatch } from './cards.ts';

/** Seconds that are gone through one by one; of a longer gap the last ones. */
const SECONDS_MAX = 4096;
/** The longest host window, and one more second. */
const WINDOWS_S = 601;
const NO_NEWS: CardNews = { host: new Uint32Array(0), mac: new Float64Array(0) };

/** Takes one slice; what it is given is valid during the call. */
export type OnSlice = (
  facts: { number: number; cell: number; packets: number },
  seen: Observations,
  cards: CardNews,
) => void;

const isEmpty = (seen: Observations): boolean =>
  seen.events.count + seen.messages.length + seen.flows.count + seen.windows.count + seen.pulses.count === 0;

export class Slicer {
  /** The cell at hand: everything before it has been given. */
  cell = 0;
  private readonly meter: Meter;
  private readonly onSlice: OnSlice;
  private readonly cards: CardWatch;
  private readonly clock = new PacketClock();
  private number = 0;

  constructor(meter: Meter, onSlice: OnSlice) {
    this.meter = meter;
    this.onSlice = onSlice;
    this.cards = new CardWatch(meter.hosts);
  }

  /** Before these packets are metered: time goes on to the first of them. */
  before({ columns: { sec, nano } }: PacketBatch): void {
    const then = this.clock.now;
    const second = this.clock.observe(sec[0]!);
    for (let t = Math.max(then + 1, second - SECONDS_MAX + 1); t <= second; t++) this.tick(t, this.meter.advance(t));
    // A time that is not believed, or lies behind, counts as now.
    if (second === sec[0]!) this.reach(cellOf(second, nano[0]!));
  }

  /** In place of `before`, where packets were metered when we hear of them: a live link, whose clock nobody moves for it. */
  arrived({ count, columns: { sec, nano } }: PacketBatch): void {
    if (count > 0 && this.clock.observe(sec[0]!) === sec[0]!) this.reach(cellOf(sec[0]!, nano[0]!));
  }

  /** A batch was metered; there may be more of the same cell. */
  metered(): void {
    this.cards.look(this.meter.segments);
  }

  /** After the packets of a cell were metered. */
  pushed(seen: Observations, packets: number): void {
    this.give(seen, packets, this.cards.take());
  }

  /** The clock alone went on to this second. */
  tick(second: number, seen: Observations): void {
    this.reach(second * CELLS_PER_SECOND);
    if (!isEmpty(seen)) this.give(seen, 0, NO_NEWS);
  }

  /**
   * The capture is over: flows and windows that would end by the clock do so, as far as it is likely that others' packets go
   * on, and the rest ends after that.
   */
  finish(): void {
    const { meter, clock } = this;
    const from = clock.now;
    // Without packets there is no clock, and nothing that could end.
    if (from !== from) return;
    for (let t = from + 1; t <= from + SECONDS_MAX; t++) {
      if (t > from + WINDOWS_S && meter.table.statistics.active === 0) break;
      clock.observe(t);
      this.tick(t, meter.advance(t));
    }
    this.close();
  }

  /** Ends what is open now. */
  close(): void {
    this.reach(this.cell + 1);
    const seen = this.meter.finish();
    if (!isEmpty(seen)) this.give(seen, 0, NO_NEWS);
    this.reach(this.cell + 1);
  }

  private reach(cell: number): void {
    if (cell > this.cell) this.cell = cell;
  }

  private give(seen: Observations, packets: number, cards: CardNews): void {
    this.onSlice({ number: this.number++, cell: this.cell, packets }, seen, cards);
  }
}
