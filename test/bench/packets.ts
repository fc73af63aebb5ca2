/**
 * Speed of reading and decoding, alone: node test/bench/packets.ts CAPTURE… [--chunk KIB] [--hash MODE] [--runs N].
 * Prints packets and megabytes a second for read, and for read and decode, best of N runs, and the peak memory.
 */
import { parseArgs } from 'node:util';
import { makeDecoder } from '../../src-main/meter/packets/decoder.ts';
import { openCaptures, type OpenOptions } from '../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../src-main/meter/packets/types.ts';

interface Run {
  packets: number;
  rows: number;
  bytes: number;
  seconds: number;
}

async function run(path: string, options: OpenOptions, decode: boolean): Promise<Run> {
  const started = performance.now();
  const reader = await openCaptures([path], options);
  const decoder = makeDecoder();
  const segments = makeSegmentBatch();
  let packets = 0;
  let rows = 0;
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    packets += batch.count;
    if (decode) decoder.decode(batch, segments);
    rows += segments.count;
    reader.release(batch);
  }
  const { bytes } = reader.progress();
  await reader.close();
  return { packets, rows, bytes, seconds: (performance.now() - started) / 1000 };
}

async function best(path: string, options: OpenOptions, decode: boolean, runs: number): Promise<Run> {
  let fastest = await run(path, options, decode);
  for (let i = 1; i < runs; i++) {
    const next = await run(path, options, decode);
    if (next.seconds < fastest.seconds) fastest = next;
  }
  return fastest;
}

function report(label: string, result: Run): void {
  const rate = (result.packets / result.seconds / 1e6).toFixed(2);
  const megabytes = (result.bytes / result.seconds / 1e6).toFixed(0);
  console.log(
    `${label.padEnd(14)} ${result.packets} packets ${result.rows} rows ${result.seconds.toFixed(3)} s ${rate} M packets/s ${megabytes} MB/s`,
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chunk: { type: 'string' },
    hash: { type: 'string', default: 'auto' },
    runs: { type: 'string', default: '5' },
  },
});
const options: OpenOptions = { hash: values.hash as NonNullable<OpenOptions['hash']> };
if (values.chunk) options.chunkBytes = Number(values.chunk) * 1024;
for (const path of positionals) {
  console.log(path);
  report('read', await best(path, options, false, Number(values.runs)));
  report('read+decode', await best(path, options, true, Number(values.runs)));
}
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
