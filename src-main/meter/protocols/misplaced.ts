/**
 * Flows that do not go with their port: a protocol on the port of another one, or what nobody knows on a protocol's port.
 * One payload shows too little (a probe, a mistake that is refused), so a flow is told of once the other end has answered
 * and the first has gone on: at least three payloads, in turn. Its state is bits of the stage's `phase`.
 */
import type { FlowTable } from '../flows/types.ts';
import type { PacketBatch, SegmentBatch } from '../packets/types.ts';
import { PROTO } from '../packets/types.ts';
import { FlowContext } from './context.ts';
import { YES } from './inspector.ts';
import type { Recogniser } from './recognise.ts';
import { headOfRow } from './row-head.ts';
import type { MisplacedMessage, ProtocolMessage } from './types.ts';

/** Bits of `phase`: a payload is awaited, of the originator, and with it the flow is told of. */
export const AWAITS = 16;
const FROM_ORIG = 32;
const LAST = 64;
const ALL = AWAITS | FROM_ORIG | LAST;

export class Misplaced {
  private readonly recogniser: Recogniser;
  /** Only for the recogniser to write its answer into. */
  private readonly scratch = new FlowContext(false);

  constructor(recogniser: Recogniser) {
    this.recogniser = recogniser;
  }

  /** The payload at hand settled what the flow is: `phase` with what is awaited where that does not go with its port. */
  begin(flow: FlowContext, phase: number): number {
    const { inspector, respPort } = flow;
    flow.settled = false;
    const fits = inspector && (inspector.app === '' || inspector.ports.includes(respPort) || flow.givenUp);
    if (fits || !this.recogniser.owned(flow.tcp, respPort)) return phase & ~ALL;
    return (phase & ~ALL) | AWAITS | (flow.fromOrig ? 0 : FROM_ORIG);
  }

  /**
   * A payload of a flow that is awaited to go on. `app`: what it is, '' where nobody knows. Returns the flow's new `phase`,
   * after the message where that was the last payload needed.
   */
  next(
    packets: PacketBatch,
    segments: SegmentBatch,
    row: number,
    table: FlowTable,
    phase: number,
    app: string,
    messages: ProtocolMessage[],
  ): number {
    const c = segments.columns;
    const fromOrig = c.fromOrig[row] === 1;
    if (((phase & FROM_ORIG) !== 0) !== fromOrig) return phase;
    const last = (phase & LAST) !== 0;
    // What both ends began with may open another protocol (TLS inside RDP); an answer in another one refuses it.
    if ((app === '' || !last) && this.isOther(packets, segments, row, table, app)) return phase & ~ALL;
    if (!last) return (phase & ~ALL) | AWAITS | LAST | (fromOrig ? 0 : FROM_ORIG);
    messages.push(message(segments, row, table, app));
    return phase & ~ALL;
  }

  private isOther(packets: PacketBatch, segments: SegmentBatch, row: number, table: FlowTable, app: string): boolean {
    const c = segments.columns;
    const slot = c.slot[row]!;
    const captured = Math.min(c.payloadCaptured[row]!, c.payloadLength[row]!);
    if (captured === 0) return false;
    const { probe } = this.recogniser;
    probe.data = packets.data;
    probe.at = c.payload[row]!;
    probe.end = probe.at + captured;
    probe.tcp = c.proto[row] === PROTO.TCP;
    probe.fromOrig = c.fromOrig[row] === 1;
    probe.origPort = table.live.origPort[slot]!;
    probe.respPort = table.live.respPort[slot]!;
    probe.partial = captured < c.payloadLength[row]!;
    probe.fromStart = true;
    probe.tries = 0;
    return this.recogniser.ask(this.scratch) === YES && this.scratch.inspector?.app !== app;
  }
}

function message(segments: SegmentBatch, row: number, table: FlowTable, app: string): MisplacedMessage {
  const transport = segments.columns.proto[row] === PROTO.TCP ? 'tcp' : 'udp';
  return { ...headOfRow(segments, row, table), kind: 'misplaced', transport, app };
}
