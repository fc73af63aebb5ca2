/**
 * Cost of the windows stage alone: `node test/bench/windows.ts`. Two loads: many packets of a few hundred hosts, and a
 * flood in which every packet has a new sender. Prints packets per second of CPU time and the memory held.
 */
import { makeColumns } from '../../src-main/meter/columns.ts';
import { FLOW_EVENT, flowSchema, makeFlowEventBatch, type FlowTable } from '../../src-main/meter/flows/types.ts';
import { HostTable } from '../../src-main/meter/hosts.ts';
import { makeSegmentBatch, PROTO } from '../../src-main/meter/packets/types.ts';
import { makeWindowStage } from '../../src-main/meter/windows/stage.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../src-main/meter/windows/types.ts';

const BATCH = 4096;

/** Small deterministic generator: the same load every time. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

function run(name: string, batches: number, hosts: number, spoofed: boolean, perSecond: number): void {
  const table = new HostTable();
  const random = makeRandom(7);
  const segments = makeSegmentBatch(BATCH);
  const events = makeFlowEventBatch(BATCH);
  const flows: FlowTable = {
    events,
    live: makeColumns(flowSchema, hosts),
    statistics: { active: 0, peak: 0, flows: 0, cutShort: 0 },
    process: () => {},
    advance: () => {},
    drain: () => {},
    finish: () => {},
    close: () => {},
  };
  const words = new Uint32Array([0, 0, 0xffff, 0]);
  const intern = (address: number): number => {
    words[3] = address;
    return table.intern(words, 0);
  };
  for (let slot = 0; slot < hosts; slot++) {
    flows.live.origHost[slot] = intern(0x0a000001 + (slot % 200));
    flows.live.respHost[slot] = intern(0x0b000001 + slot);
  }
  const victim = intern(0x0a000001);
  const stage = makeWindowStage({ hosts: table });
  const windows = makeHostWindowBatch(1024);
  const pulses = makePulseBatch(1024);
  let packet = 0;
  let elapsed = 0;
  for (let b = 0; b < batches; b++) {
    const c = segments.columns;
    segments.count = BATCH;
    events.count = 0;
    for (let i = 0; i < BATCH; i++, packet++) {
      const slot = random() % hosts;
      if (spoofed) {
        flows.live.origHost[slot] = intern(0x20000000 + packet);
        flows.live.respHost[slot] = victim;
      }
      c.sec[i] = 1_700_000_000 + Math.floor(packet / perSecond);
      c.proto[i] = spoofed || i % 4 > 0 ? PROTO.TCP : PROTO.UDP;
      c.tcpFlags[i] = spoofed ? 2 : 16;
      c.ipLength[i] = 40 + (i % 1400);
      c.src[i * 4 + 3] = spoofed ? 0x20000000 + packet : slot;
      c.srcPort[i] = random() & 0xffff;
      c.dstPort[i] = 443;
      c.slot[i] = slot;
      c.fromOrig[i] = spoofed ? 1 : i & 1;
      if (spoofed) {
        const e = events.columns;
        const at = events.count++;
        e.kind[at] = FLOW_EVENT.OPEN;
        e.sec[at] = c.sec[i]!;
        e.origHost[at] = flows.live.origHost[slot]!;
        e.respHost[at] = victim;
        e.respPort[at] = 443;
        e.proto[at] = PROTO.TCP;
      }
    }
    const began = process.cpuUsage().user;
    stage.process(segments, flows, []);
    windows.count = 0;
    pulses.count = 0;
    stage.drain(windows, pulses);
    elapsed += (process.cpuUsage().user - began) / 1000;
  }
  stage.finish();
  const rate = (packet / elapsed) * 1000;
  const memory = process.memoryUsage();
  process.stdout.write(
    `${name}: ${(rate / 1e6).toFixed(2)} million packets/s (${((elapsed * 1e6) / packet).toFixed(0)} ns each), ` +
      `${stage.statistics.windows} windows, ${stage.statistics.unwindowed} turned away, ` +
      `${Math.round((memory.heapUsed + memory.arrayBuffers) / 1e6)} MB\n`,
  );
}

run('warm-up', 100, 1000, false, 50_000);
run('300,000 packets/s of 1,200 hosts', 1200, 1000, false, 300_000);
run('20,000 packets/s of 1,200 hosts', 1200, 1000, false, 20_000);
run('spoofed flood, 300,000 packets/s', 250, 4096, true, 300_000);
