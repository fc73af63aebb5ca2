/**
 * `node test/bench/packet-detectors.ts`: what detectors of packets cost, processor time in µs a packet, on made-up packets of
 * ten clients and four servers that are decoded before the clock starts.
 */
import { AfterImage } from '../../src-main/detect/detectors/kitnet/after-image.ts';
import { Kitnet } from '../../src-main/detect/detectors/kitnet/detector.ts';
import { LEAST_PACKETS, Packet12 } from '../../src-main/detect/detectors/packet-12/detector.ts';
import type { PacketDetector } from '../../src-main/detect/detectors/packets/types.ts';
import { randomSource } from '../../src-main/detect/features/random.ts';
import { batchesOf, ordinaryPackets } from '../unit/detectors/packet-batches.ts';

const PACKETS = 200_000;
const BATCH = 4096;
/** The first packets of each part are left out: the machine code is still being made. */
const WARM = 8192;

const made = ordinaryPackets(PACKETS, randomSource(1), 0.05);
const batches = Array.from({ length: Math.ceil(PACKETS / BATCH) }, (_, i) =>
  batchesOf(made.slice(i * BATCH, (i + 1) * BATCH)),
);
const processorMs = (): number => process.cpuUsage().user / 1000;

function tell(what: string, ms: number, packets: number): void {
  const each = (ms * 1000) / packets;
  console.log(`${what}: ${each.toFixed(1)} µs a packet, ${Math.round(1e6 / each).toLocaleString('en')} a second`);
}

function afterImage(): void {
  const image = new AfterImage(1);
  let [ms, count, seen] = [0, 0, 0];
  for (const { packets, segments } of batches) {
    const from = processorMs();
    for (let p = 0; p < packets.count; p++) image.take(packets, segments, p, p);
    if (seen >= WARM) {
      ms += processorMs() - from;
      count += packets.count;
    }
    seen += packets.count;
  }
  tell('AfterImage', ms, count);
}

/** While it learns (without what `learn` takes), and once it scores. */
async function detector(one: PacketDetector): Promise<void> {
  const parts = { learning: { ms: 0, count: 0 }, scoring: { ms: 0, count: 0 } };
  for (const { packets, segments } of batches) {
    const before = one.report();
    const from = processorMs();
    one.observe(packets, segments);
    const ms = processorMs() - from;
    await one.learn();
    const after = one.report();
    const part = before.scored >= WARM ? parts.scoring : after.scored === 0 ? parts.learning : undefined;
    if (!part || before.seen < WARM) continue;
    part.ms += ms;
    part.count += packets.count;
  }
  for (const [name, { ms, count }] of Object.entries(parts)) tell(`${one.report().id}, ${name}`, ms, count);
}

afterImage();
await detector(new Kitnet({ seed: 1 }));
await detector(new Packet12({ seed: 1, epochs: 1, learnFrom: LEAST_PACKETS }));
