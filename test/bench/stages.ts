/**
 * One run of the engine with a stop-watch at each stage: `stages.ts CAPTURE MODEL`. Prints one line of JSON: processor
 * milliseconds of the main thread by stage, and counts. The whole pipeline runs, in the order of the product.
 */
import { resourceUsage } from 'node:process';
import { BEHAVIOURS } from '../../src-main/detect/behaviours/registry.ts';
import { loadModel } from '../../src-main/detect/detectors/model-file.ts';
import { createScorer } from '../../src-main/detect/detectors/triage.ts';
import { Watch } from '../../src-main/detect/incidents/findings.ts';
import type { Observations } from '../../src-main/detect/types.ts';
import { makeFlowTable } from '../../src-main/meter/flows/table.ts';
import { makeFlowBatch, makeFlowEventBatch } from '../../src-main/meter/flows/types.ts';
import { HostTable } from '../../src-main/meter/hosts.ts';
import { makeDecoder } from '../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../src-main/meter/packets/open.ts';
import { makeSegmentBatch } from '../../src-main/meter/packets/types.ts';
import { makeProtocolStage } from '../../src-main/meter/protocols/stage.ts';
import type { ProtocolMessage } from '../../src-main/meter/protocols/types.ts';
import { makeWindowStage } from '../../src-main/meter/windows/stage.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../src-main/meter/windows/types.ts';
import { FlowLog } from '../../src-main/run/pipeline/flow-log.ts';

const STAGES = ['read', 'decode', 'flows', 'protocols', 'windows', 'behaviours', 'features', 'scores'] as const;
type Stage = (typeof STAGES)[number];

/**
 * Processor time of this thread. The system counts it at its clock's ticks, too coarse for one batch's stage; asking for
 * the whole process's time brings the thread's up to date.
 */
function processorMs(): number {
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Of so many flows that end the time of one is taken. */
const SAMPLED = 16;

const [path = '', modelPath = ''] = process.argv.slice(2);
const ms = Object.fromEntries(STAGES.map((s) => [s, 0])) as Record<Stage, number>;
let at = processorMs();
const lap = (stage: Stage): void => {
  const now = processorMs();
  ms[stage] += now - at;
  at = now;
};

const hosts = new HostTable();
const table = makeFlowTable({ hosts });
const decoder = makeDecoder();
const segments = makeSegmentBatch();
const protocols = makeProtocolStage({ hosts });
const windowing = makeWindowStage({ hosts });
const flows = makeFlowBatch(4096);
const windows = makeHostWindowBatch(4096);
const pulses = makePulseBatch(4096);
const watch = new Watch(BEHAVIOURS, hosts);
const scorer = createScorer({ model: await loadModel(modelPath), seed: 1, mode: 'offline' });
const log = new FlowLog();
const noEvents = makeFlowEventBatch(1);
let packets = 0;
let messages: ProtocolMessage[] = [];
let now = 0;
let ended = 0;

function collect(): Observations {
  flows.count = 0;
  flows.meta.length = 0;
  windows.count = 0;
  pulses.count = 0;
  let finishing = 0;
  table.drain(flows, (slot) => {
    if (++ended % SAMPLED !== 0) return protocols.finish(slot, table, messages);
    // Asking for the time takes some itself, as much as between the first two.
    const [before, begun] = [processorMs(), processorMs()];
    const meta = protocols.finish(slot, table, messages);
    finishing += (processorMs() - begun - (begun - before)) * SAMPLED;
    return meta;
  });
  lap('flows');
  // What was learned of a flow is put together while it leaves the table.
  ms.flows -= finishing;
  ms.protocols += finishing;
  windowing.drain(windows, pulses);
  lap('windows');
  return { events: table.events, messages, flows, windows, pulses, now };
}

function detect(seen: Observations): void {
  watch.observe(seen);
  lap('behaviours');
  scorer.observe(seen.events, seen.flows);
  lap('features');
  log.append(seen.flows);
  lap('flows');
}

at = processorMs();
const reader = await openCaptures([path]);
for (;;) {
  const batch = await reader.read();
  lap('read');
  if (!batch) break;
  packets += batch.count;
  now = batch.columns.sec[batch.count - 1]!;
  decoder.decode(batch, segments);
  lap('decode');
  messages = [];
  table.process(batch, segments);
  lap('flows');
  protocols.process(batch, segments, table, messages);
  lap('protocols');
  windowing.process(segments, table, messages);
  lap('windows');
  detect(collect());
  reader.release(batch);
}
messages = [];
table.finish();
lap('flows');
windowing.finish();
lap('windows');
detect({ ...collect(), events: noEvents });
watch.finish();
lap('behaviours');
scorer.finish();
lap('scores');
for (const batch of log.batches()) {
  lap('flows');
  scorer.score(batch);
  lap('scores');
}
await reader.close();
process.stdout.write(
  `${JSON.stringify({ packets, flows: log.size, ms, peakMiB: Math.round(resourceUsage().maxRSS / 1024), findings: watch.findings().length })}\n`,
);
