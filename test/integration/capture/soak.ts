/** Traffic without end through the live path at a given rate, and what is held meanwhile. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LiveTick } from '../../../src-shared/domain/live.ts';
import { CardSource } from '../../../src-main/run/pipeline/live/card-source.ts';
import { startWatch } from '../../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import type { CaptureEvent } from '../../../src-main/meter/capture/types.ts';
import { Endless } from './endless.ts';

/** Flows that are kept: few, so that they are full soon. */
const KEPT = 16_384;
/** Seconds between two measurements. */
const EVERY = 3;

export interface SoakSample {
  second: number;
  packets: number;
  flows: number;
  /** Heap and buffers after garbage was collected, bytes; without the traffic itself. */
  held: number;
  resident: number;
  /** The longest that one batch of packets took since the last sample, ms. */
  lateMs: number;
}

/** Hands out packets no faster than `rate` a second, and notes how long each batch was worked on. */
class Paced extends Endless {
  longestMs = 0;
  rate = Infinity;
  private sent = 0;
  private readonly begun = performance.now();
  private handed = 0;

  override async next(): Promise<CaptureEvent> {
    if (this.handed > 0) this.longestMs = Math.max(this.longestMs, performance.now() - this.handed);
    const due = this.begun + (this.sent / this.rate) * 1000;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => void setTimeout(resolve, wait));
    const event = await super.next();
    if (event.kind === 'packets') this.sent += event.batch.count;
    this.handed = performance.now();
    return event;
  }
}

export interface SoakOptions {
  seconds: number;
  /** Packets a second; Infinity: as fast as this machine looks at them. */
  rate: number;
  onSample?(sample: SoakSample): void;
}

/** Plays the capture at `path` over and over for so long; a sample every three seconds. */
export async function soak(path: string, { seconds, rate, onSample }: SoakOptions): Promise<SoakSample[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const engine = await Paced.read(path, Paced);
  engine.rate = rate;
  const own = engine.bytes;
  const source = await CardSource.open({ open: () => Promise.resolve(engine), now: () => 0 });
  const samples: SoakSample[] = [];
  const begun = performance.now();
  let next = EVERY;
  const onTick = ({ flows }: LiveTick): void => {
    const second = Math.floor((performance.now() - begun) / 1000);
    if (second < next) return;
    next = second + EVERY - (second % EVERY);
    const lateMs = engine.longestMs;
    collect();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const held = heapUsed + arrayBuffers - own;
    const sample = {
      second: second - (second % EVERY),
      packets: engine.statistics.received,
      flows,
      held,
      resident: rss,
      lateMs,
    };
    engine.longestMs = 0;
    samples.push(sample);
    onSample?.(sample);
  };
  const model = await loadScoringModel(undefined);
  const options = { seed: 1, model, duration: seconds * 1000, flowLimit: KEPT, onTick, onEvent: () => undefined };
  const result = await startWatch(source, options).done;
  result.close();
  await source.close();
  return samples;
}
