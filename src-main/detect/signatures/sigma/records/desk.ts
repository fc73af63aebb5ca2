/** What the meter saw, made into log lines: only of logs that somebody asks for. */
import { protoName } from '../../../../meter/flows/record.ts';
import { FLOW_EVENT } from '../../../../meter/flows/types.ts';
import { formatAddress } from '../../../../meter/hosts.ts';
import { PROTO } from '../../../../meter/packets/types.ts';
import type { ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { BoundedMap } from '../../../behaviours/common/bounded.ts';
import type { BehaviourContext, NetworkView, Observations } from '../../../types.ts';
import { LogEvent, type Cell, type EventEnds } from '../event.ts';
import type { CommonCells, KindId, Log } from '../kinds.ts';
import type { Desk, EndedFlow, Maker } from './maker.ts';
import { MAKERS } from './registry.ts';

/** Flows whose originator's port and protocol are known beside the messages. */
const BOOK_MAX = 262_144;
const PORTS: ReadonlySet<number> = new Set([PROTO.TCP, PROTO.UDP, PROTO.ICMP, PROTO.ICMPV6]);
const NO_NAMES: readonly string[] = [];

interface Opened {
  port: number;
  proto: number;
}

export class LogDesk implements Desk {
  private readonly kinds: ReadonlySet<KindId>;
  private readonly heard: (event: LogEvent) => void;
  private readonly makers: readonly Maker[];
  private readonly readers = new Map<ProtocolMessage['kind'], Maker[]>();
  private readonly endings: readonly Maker[];
  /** By flow; absent where nobody asks for what only the flow knows. */
  private readonly book: BoundedMap<number, Opened> | undefined;
  private context: BehaviourContext | undefined;

  /** `withBook`: originators' ports and protocols are asked for in lines that messages make. */
  constructor(kinds: ReadonlySet<KindId>, withBook: boolean, heard: (event: LogEvent) => void) {
    this.kinds = kinds;
    this.heard = heard;
    this.makers = MAKERS.map((make) => make()).filter((maker) => maker.kinds.some((kind) => kinds.has(kind)));
    this.endings = this.makers.filter((maker) => maker.ended);
    for (const maker of this.makers)
      for (const kind of maker.reads) {
        const some = this.readers.get(kind);
        if (some) some.push(maker);
        else this.readers.set(kind, [maker]);
      }
    this.book = withBook ? new BoundedMap({ ceiling: BOOK_MAX }) : undefined;
  }

  get network(): NetworkView {
    return this.context!.network;
  }

  observe(seen: Observations, context: BehaviourContext): void {
    this.context = context;
    if (this.book) this.note(seen, this.book);
    if (this.readers.size > 0)
      for (const message of seen.messages)
        for (const maker of this.readers.get(message.kind) ?? []) maker.message!(message, this);
    if (this.endings.length > 0) this.ended(seen);
  }

  finish(context: BehaviourContext): void {
    this.context = context;
    for (const maker of this.makers) maker.finish?.(this);
  }

  private note({ events }: Observations, book: BoundedMap<number, Opened>): void {
    const c = events.columns;
    for (let row = 0; row < events.count; row++)
      if (c.kind[row] === FLOW_EVENT.OPEN)
        book.set(c.flow[row]!, { port: c.origPort[row]!, proto: c.proto[row]! }, c.sec[row]!);
  }

  private ended({ flows }: Observations): void {
    const ids = flows.columns.id;
    for (let row = 0; row < flows.count; row++) {
      const meta = flows.meta[row];
      const flow: EndedFlow = {
        batch: flows,
        row,
        id: ids[row]!,
        facts: meta?.facts ?? {},
        services: meta && meta.service !== '' ? meta.service.split(',') : NO_NAMES,
      };
      for (const maker of this.endings) maker.ended!(flow, this);
      this.book?.delete(flow.id);
    }
  }

  common(message: ProtocolMessage): CommonCells {
    const { hosts } = this.context!;
    const opened = this.book?.peek(message.flow);
    return [
      message.sec + message.nano / 1e9,
      hosts.address(message.orig),
      opened?.port,
      hosts.address(message.resp),
      message.respPort,
      opened && protoName(opened.proto),
    ];
  }

  commonOf({ batch: { columns: c }, row }: EndedFlow): CommonCells {
    const proto = c.proto[row]!;
    const ported = PORTS.has(proto);
    return [
      c.sec[row]! + c.nano[row]! / 1e9,
      formatAddress(c.orig, row * 4),
      ported ? c.origPort[row]! : 0,
      formatAddress(c.resp, row * 4),
      ported ? c.respPort[row]! : 0,
      protoName(proto),
    ];
  }

  ends({ sec, nano, flow, orig, resp, respPort }: ProtocolMessage, names = NO_NAMES): EventEnds {
    return { sec, nano, flow, orig, resp, respPort, names };
  }

  endsOf({ batch: { columns: c }, row, id }: EndedFlow, names = NO_NAMES): EventEnds {
    return {
      sec: c.lastSec[row]!,
      nano: c.lastNano[row]!,
      flow: id,
      orig: c.origHost[row]!,
      resp: c.respHost[row]!,
      respPort: c.respPort[row]!,
      names,
    };
  }

  wants(kind: KindId): boolean {
    return this.kinds.has(kind);
  }

  put<F extends string>(log: Log<F>, common: CommonCells, values: Readonly<Record<F, Cell>>, ends: EventEnds): void {
    if (this.kinds.has(log.id)) this.heard(new LogEvent(log, log.cells(common, values), ends));
  }
}
