/**
 * What protocol inspection costs beside flow metering: `node test/bench/protocols.ts CAPTURE…`. The pipeline is run as
 * far as decoding, as far as flows, and as far as protocols, three times each; the differences of the best times, by the
 * main thread's processor time so that other programs do not count, are what flows (with draining) and protocols take.
 */
import { HostTable } from '../../src-main/meter/hosts.ts';
import { makeFlowTable } from '../../src-main/meter/flows/table.ts';
import { makeFlowBatch } from '../../src-main/meter/flows/types.ts';
import { makeDecoder } from '../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../src-main/meter/packets/types.ts';
import { makeProtocolStage } from '../../src-main/meter/protocols/stage.ts';
import type { ProtocolMessage } from '../../src-main/meter/protocols/types.ts';

const RUNS = 3;
const DECODE = 0;
const FLOWS = 1;
const PROTOCOLS = 2;

interface Run {
  packets: number;
  flows: number;
  messages: number;
  inspected: number;
  ms: number;
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function run(path: string, upTo: number): Promise<Run> {
  const hosts = new HostTable();
  const decoder = makeDecoder();
  const table = makeFlowTable({ hosts });
  const stage = makeProtocolStage({ hosts });
  const segments = makeSegmentBatch();
  const flows = makeFlowBatch(8192);
  const messages: ProtocolMessage[] = [];
  const result: Run = { packets: 0, flows: 0, messages: 0, inspected: 0, ms: 0 };
  const drain = (): void => {
    flows.count = 0;
    flows.meta.length = 0;
    table.drain(flows, (slot) => (upTo >= PROTOCOLS ? stage.finish(slot, table, messages) : undefined));
    result.flows += flows.count;
    result.messages += messages.length;
    messages.length = 0;
  };
  const begin = processorMs();
  const reader = await openCaptures([path]);
  for (;;) {
    const packets = await reader.read();
    if (!packets) break;
    decoder.decode(packets, segments);
    if (upTo >= FLOWS) table.process(packets, segments);
    if (upTo >= PROTOCOLS) stage.process(packets, segments, table, messages);
    if (upTo >= FLOWS) drain();
    result.packets += packets.count;
    reader.release(packets);
  }
  if (upTo >= FLOWS) {
    table.finish();
    drain();
  }
  await reader.close();
  result.ms = processorMs() - begin;
  result.inspected = stage.statistics.inspected;
  return result;
}

async function best(path: string, upTo: number): Promise<Run> {
  let found = await run(path, upTo);
  for (let i = 1; i < RUNS; i++) {
    const next = await run(path, upTo);
    if (next.ms < found.ms) found = next;
  }
  return found;
}

function perSecond(packets: number, ms: number): string {
  return `${(packets / ms / 1000).toFixed(2)} M/s`;
}

async function main(): Promise<void> {
  for (const path of process.argv.slice(2)) {
    const decode = await best(path, DECODE);
    const flows = await best(path, FLOWS);
    const whole = await best(path, PROTOCOLS);
    const { packets, inspected, messages } = whole;
    process.stdout.write(
      `${path}: ${packets} packets, ${whole.flows} flows, ${inspected} with payload, ${messages} messages; ` +
        `read and decode ${perSecond(packets, decode.ms)}, flows ${perSecond(packets, flows.ms - decode.ms)}, ` +
        `protocols ${perSecond(packets, whole.ms - flows.ms)}; all ${perSecond(packets, whole.ms)}; ` +
        `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`,
    );
  }
}

await main();
