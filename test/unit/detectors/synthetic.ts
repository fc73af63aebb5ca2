/** Made-up flows for the tests of features and detectors: no capture needed. */
import { FLOW_EVENT, makeFlowBatch, makeFlowEventBatch } from '../../../src-main/meter/flows/types.ts';
import type { FlowBatch, FlowEventBatch } from '../../../src-main/meter/flows/types.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';

export interface SyntheticFlow {
  id: number;
  at: number;
  seconds: number;
  source: number;
  target: number;
  port: number;
  proto: number;
  service: string;
  origPkts: number;
  respPkts: number;
  origBytes: number;
  respBytes: number;
  connState: number;
  answered: boolean;
}

const SF = 3;
const S0 = 1;

/** An ordinary mix of name look-ups, web and mail connections, by a handful of clients. */
export function ordinaryFlow(id: number, random: () => number): SyntheticFlow {
  const kind = random();
  const source = 1 + Math.floor(random() * 20);
  const common = { id, at: 1_700_000_000 + id * 0.4, source, connState: SF, answered: true };
  if (kind < 0.5) {
    const bytes = { origBytes: 30 + Math.floor(random() * 20), respBytes: 60 + Math.floor(random() * 200) };
    const shape = { seconds: 0.01 + random() * 0.05, port: 53, proto: 17, service: 'dns', origPkts: 1, respPkts: 1 };
    return { ...common, ...shape, ...bytes, target: 50 };
  }
  const web = kind < 0.9;
  const resp = Math.floor(Math.exp(6 + random() * 6));
  return {
    ...common,
    target: 100 + Math.floor(random() * 60),
    seconds: 0.1 + random() * 20,
    port: web ? 443 : 25,
    proto: 6,
    service: web ? 'ssl' : 'smtp',
    origPkts: 6 + Math.floor(resp / 3000),
    respPkts: 6 + Math.floor(resp / 1400),
    origBytes: 500 + Math.floor(random() * 1500),
    respBytes: resp,
  };
}

/** A probe of a port that does not answer. */
export function probe(id: number, at: number, port: number): SyntheticFlow {
  const nothing = { origBytes: 0, respBytes: 0, respPkts: 0, origPkts: 1, service: '', answered: false };
  return { ...nothing, id, at, seconds: 0, source: 3, target: 90, port, proto: 6, connState: S0 };
}

function fillRow({ columns: c, meta }: FlowBatch, row: number, flow: SyntheticFlow): void {
  c.id[row] = flow.id;
  c.sec[row] = Math.floor(flow.at);
  c.nano[row] = Math.round((flow.at - Math.floor(flow.at)) * 1e9);
  const end = flow.at + flow.seconds;
  c.lastSec[row] = Math.floor(end);
  c.lastNano[row] = Math.round((end - Math.floor(end)) * 1e9);
  c.origHost[row] = flow.source;
  c.respHost[row] = flow.target;
  c.respPort[row] = flow.port;
  c.proto[row] = flow.proto;
  c.origPkts[row] = flow.origPkts;
  c.respPkts[row] = flow.respPkts;
  c.origPayload[row] = flow.origBytes;
  c.respPayload[row] = flow.respBytes;
  c.origBytes[row] = flow.origBytes;
  c.respBytes[row] = flow.respBytes;
  c.hasBytes[row] = 1;
  c.connState[row] = flow.connState;
  c.responseTime[row] = flow.answered ? 0.02 : -1;
  fillSizes(c, row, flow);
  meta[row] = flow.service === '' ? undefined : { service: flow.service, app: '', facts: {} };
}

function fillSizes(c: FlowBatch['columns'], row: number, flow: SyntheticFlow): void {
  const tcp = flow.proto === 6;
  const od = flow.origBytes > 0 ? Math.max(1, Math.floor(flow.origPkts / 2)) : 0;
  const rd = flow.respBytes > 0 ? Math.max(1, Math.floor(flow.respPkts / 2)) : 0;
  c.origDataPkts[row] = od;
  c.respDataPkts[row] = rd;
  c.origPayloadSq[row] = od > 0 ? (flow.origBytes * flow.origBytes) / od : 0;
  c.respPayloadSq[row] = rd > 0 ? (flow.respBytes * flow.respBytes) / rd : 0;
  c.origPayloadMax[row] = od > 0 ? Math.ceil(flow.origBytes / od) : 0;
  c.respPayloadMax[row] = rd > 0 ? Math.ceil(flow.respBytes / rd) : 0;
  c.firstSizes[row * 4] = od > 0 ? Math.ceil(flow.origBytes / od) : 0;
  c.firstSizes[row * 4 + 1] = rd > 0 ? -Math.ceil(flow.respBytes / rd) : 0;
  c.synCount[row] = tcp ? (flow.answered ? 2 : 1) : 0;
  c.finCount[row] = tcp && flow.answered ? 2 : 0;
  c.pshCount[row] = tcp ? od + rd : 0;
  c.origFlags[row] = tcp ? (flow.answered ? 0x1b : 0x02) : 0;
  c.origIatSum[row] = flow.origPkts > 1 ? flow.seconds : 0;
  c.respIatSum[row] = flow.respPkts > 1 ? flow.seconds : 0;
  c.origIatSq[row] = flow.origPkts > 1 ? flow.seconds ** 2 / (flow.origPkts - 1) : 0;
  c.respIatSq[row] = flow.respPkts > 1 ? flow.seconds ** 2 / (flow.respPkts - 1) : 0;
  c.origIatMax[row] = flow.origPkts > 1 ? flow.seconds / (flow.origPkts - 1) : 0;
  c.respIatMax[row] = flow.respPkts > 1 ? flow.seconds / (flow.respPkts - 1) : 0;
}

/** Rows of a batch, in the order given. */
export function batchOf(flows: readonly SyntheticFlow[]): FlowBatch {
  const batch = makeFlowBatch(Math.max(1, flows.length));
  for (const [row, flow] of flows.entries()) fillRow(batch, row, flow);
  batch.count = flows.length;
  return batch;
}

interface Happening {
  kind: number;
  at: number;
  flow: SyntheticFlow;
}

/** OPEN and ANSWERED events of the flows, in the order of time. */
export function eventsOf(flows: readonly SyntheticFlow[]): FlowEventBatch {
  const all: Happening[] = flows.flatMap((flow) => {
    const open = { kind: FLOW_EVENT.OPEN, at: flow.at, flow };
    return flow.answered ? [open, { kind: FLOW_EVENT.ANSWERED, at: flow.at + 0.02, flow }] : [open];
  });
  all.sort((a, b) => a.at - b.at || a.flow.id - b.flow.id);
  const batch = makeFlowEventBatch(Math.max(1, all.length));
  const c = batch.columns;
  for (const [i, { kind, at, flow }] of all.entries()) {
    c.kind[i] = kind;
    c.flow[i] = flow.id;
    c.sec[i] = Math.floor(at);
    c.nano[i] = Math.round((at - Math.floor(at)) * 1e9);
    c.origHost[i] = flow.source;
    c.respHost[i] = flow.target;
    c.respPort[i] = flow.port;
    c.proto[i] = flow.proto;
  }
  batch.count = all.length;
  return batch;
}

export function ordinaryFlows(count: number, seed: number): SyntheticFlow[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, (_, id) => ordinaryFlow(id, random));
}
