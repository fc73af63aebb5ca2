/**
 * How fast segments become flows: `node test/bench/flows.ts CAPTURE…`. Prints packets per second of reading, of
 * decoding, of the flow table alone, and of the three together, each as the best of three runs: by the main thread's
 * processor time, so that other programs do not count, and by the clock.
 */
import { HostTable } from '../../src-main/meter/hosts.ts';
import { makeFlowTable } from '../../src-main/meter/flows/table.ts';
import { makeFlowBatch } from '../../src-main/meter/flows/types.ts';
import { makeDecoder } from '../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../src-main/meter/packets/types.ts';

interface Run {
  packets: number;
  flows: number;
  readMs: number;
  decodeMs: number;
  flowMs: number;
  drainMs: number;
  totalMs: number;
  cutShort: number;
  peak: number;
}

async function run(path: string): Promise<Run> {
  const hosts = new HostTable();
  const table = makeFlowTable({ hosts });
  const decoder = makeDecoder();
  const segments = makeSegmentBatch();
  const flows = makeFlowBatch(8192);
  const reader = await openCaptures([path]);
  const result = {
    packets: 0,
    flows: 0,
    readMs: 0,
    decodeMs: 0,
    flowMs: 0,
    drainMs: 0,
    totalMs: 0,
    cutShort: 0,
    peak: 0,
  };
  const begin = performance.now();
  let at = processorMs();
  const lap = (): number => {
    const now = processorMs();
    const passed = now - at;
    at = now;
    return passed;
  };
  const drain = (): void => {
    flows.count = 0;
    flows.meta.length = 0;
    table.drain(flows, () => undefined);
    result.flows += flows.count;
  };
  for (;;) {
    const packets = await reader.read();
    result.readMs += lap();
    if (!packets) break;
    decoder.decode(packets, segments);
    result.decodeMs += lap();
    table.process(packets, segments);
    result.flowMs += lap();
    drain();
    result.drainMs += lap();
    result.packets += packets.count;
    reader.release(packets);
  }
  table.finish();
  drain();
  result.drainMs += lap();
  result.totalMs = performance.now() - begin;
  result.cutShort = table.statistics.cutShort;
  result.peak = table.statistics.peak;
  await reader.close();
  return result;
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function perSecond(packets: number, ms: number): string {
  return `${(packets / ms / 1000).toFixed(2)} M/s`;
}

async function main(): Promise<void> {
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    console.error('usage: node test/bench/flows.ts CAPTURE…');
    process.exitCode = 2;
    return;
  }
  for (const path of paths) {
    let best: Run | undefined;
    for (let i = 0; i < 3; i++) {
      const result = await run(path);
      if (!best || result.flowMs + result.drainMs < best.flowMs + best.drainMs) best = result;
    }
    const r = best!;
    console.log(
      `${path}: ${r.packets} packets, ${r.flows} flows (peak ${r.peak} alive, ${r.cutShort} cut short)\n` +
        `  read ${perSecond(r.packets, r.readMs)}, decode ${perSecond(r.packets, r.decodeMs)}, ` +
        `flows ${perSecond(r.packets, r.flowMs + r.drainMs)} (${r.flowMs.toFixed(0)} ms, drain ${r.drainMs.toFixed(0)} ms), ` +
        `together ${perSecond(r.packets, r.readMs + r.decodeMs + r.flowMs + r.drainMs)}, by the clock ` +
        `${perSecond(r.packets, r.totalMs)}; ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
    );
  }
}

await main();
