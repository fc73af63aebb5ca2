/**
 * Rules over packets, streams and transactions. For each packet, in this order: its flow is brought up to date and its
 * bytes go to the stream and the application layer; packet rules are looked at; then rules of the stream, where enough
 * of it came or something ended; then rules of transactions, as they are complete.
 */
import type { Finding } from '../../types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import { PROTO, SEGMENT, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import { openAppFlow } from '../app/open.ts';
import type { AppFlowOptions, Direction, Transaction } from '../app/types.ts';
import { decodeEvents } from '../decode/events.ts';
import { fragmentOf, Fragments } from '../decode/fragments.ts';
import { Purse } from '../content/purse.ts';
import type { RuleFlow } from '../flow/flow.ts';
import type { Scene } from '../flow/scene.ts';
import { Shared } from '../flow/shared.ts';
import { follow, FlowTracker, isLast, isReset, type SlotIds } from '../flow/tracker.ts';
import { CHUNK, type SideWindow } from '../flow/window.ts';
import type { RuleSet } from '../rules/parse.ts';
import type { Rule } from '../rules/rule.ts';
import { Alerts, toldOf } from './alerts.ts';
import type { Bytes } from './candidates.ts';
import { ExpectedFlows } from './expected.ts';
import { indexOf, type GroupedCandidates, type RuleIndex } from './index.ts';
import { cutIn, headerHolds, payloadHolds, stateHolds, streamHolds, transactionHolds, type Sides } from './judge.ts';
import { Rates } from './rates.ts';
import { movedPlaces, movePlaces } from './reload.ts';
import { copyScene, emptyScene, packetScene, sideScene } from './scenes.ts';
import { rulesReport, type EndedFlows, type SignatureEngine, type SignatureReport } from './contract.ts';
import { StreamFeed } from './feed.ts';
import { FlowSink, type FlowTold } from './flow-sink.ts';

/** Transactions kept a flow for rules that look at a request and its answer. */
const KEPT = 64;
/** Bytes of a stream after which a flow that nothing recognised counts as of no known protocol. */
const UNKNOWN_AFTER = 1024;

export interface EngineOptions {
  set: RuleSet;
  /** Absent: alerts are told by `onAlert` only, and there are no counts and findings. */
  hosts?: HostTable;
  /** Told of each alert; the scene is valid during the call. */
  onAlert?: (rule: Rule, scene: Scene) => void;
}

const FRAGMENT = SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER;

const NO_EVENTS: ReadonlySet<string> = new Set();

const NONE = new Int32Array(0);

/** As many are put in order faster here than natively. */
const FEW = 12;

const NO_PROTOCOLS: readonly string[] = [];

const NO_TRANSACTION: Transaction = { protocol: '', direction: 0, id: -1, buffers: new Map(), numbers: new Map() };

export class RuleEngine implements SignatureEngine {
  private set: RuleSet;
  private index: RuleIndex;
  private rules: readonly Rule[];
  private readonly rates = new Rates();
  private readonly shared = new Shared();
  private readonly alerts: Alerts | undefined;
  private readonly onAlert: EngineOptions['onAlert'];
  private readonly tracker = new FlowTracker((flow) => this.endFlow(flow));
  private readonly feed: StreamFeed;
  private readonly scene: Scene = emptyScene(this.shared);
  private found: Int32Array<ArrayBuffer>;
  /** What is looked at. */
  private readonly bytes: Bytes = { data: new Uint8Array(0), from: 0, placed: 0, end: 0 };
  private readonly spare: Scene[] = [];
  /** Packet rules of the packet at hand were looked at. */
  private looked = true;
  /** Nothing of the packet at hand is what its rules are found by. */
  private clear = false;
  /** A rule said that the packet is to pass. */
  private passed = false;
  private readonly fragments = new Fragments();
  private readonly expected = new ExpectedFlows();
  private readonly wrong = new Set<string>();
  private cut = 0;
  private readonly purse = new Purse();
  private flowEvents: ReadonlySet<string> = NO_EVENTS;

  private readonly tcpOptions = this.optionsOf('tcp');
  private readonly udpOptions = this.optionsOf('udp');
  private readonly told: FlowTold = {
    transaction: (flow, transaction) => this.transaction(flow, transaction),
    event: (flow, name, direction) => this.event(flow, name, direction),
    frame: (flow, buffer, direction, pieces) => this.frame(flow, buffer, direction, pieces),
    expect: (flow, expected) => this.expected.add(flow, expected),
  };

  constructor({ set, hosts, onAlert }: EngineOptions) {
    this.onAlert = onAlert;
    this.set = set;
    this.rules = set.rules;
    this.index = indexOf(set);
    this.found = new Int32Array(set.rules.length + 1);
    this.alerts = hosts && new Alerts(hosts);
    this.feed = new StreamFeed({
      bytes: (flow, direction, data, at, end) => this.streamBytes(flow, direction, data, at, end),
      gap: (flow, direction, missing) => this.streamGap(flow, direction, missing),
    });
  }

  /** What rules ask for, as it is when it is asked. */
  private optionsOf(transport: 'tcp' | 'udp'): Omit<AppFlowOptions, 'serverPort' | 'clientPort'> {
    return {
      transport,
      wants: (protocol) => this.index.wants(protocol),
      asks: (name, direction) => this.index.asks(name, direction),
      asksWithout: (names, other) => this.index.asksWithout(names, other),
      hears: (protocol) => this.index.hears(protocol),
      frames: (protocol) => this.index.frames(protocol),
    };
  }

  /** The packets of a batch, taken apart, with the slots that the flow table gave them. */
  packets(packets: PacketBatch, segments: SegmentBatch, table: SlotIds): void {
    this.cut += cutIn(this.purse, () => {
      const { columns: c, count } = segments;
      const { decode, heedsSilent } = this.index;
      for (let row = 0; row < count; row++) {
        if (!heedsSilent && this.tracker.passesOver(c, row, table)) {
          this.purse.fill(0);
          // What ends between batches ends at the time of the last packet.
          if (row === count - 1) packetScene(this.scene, packets, segments, row);
          continue;
        }
        packetScene(this.scene, packets, segments, row);
        const slot = c.slot[row]!;
        this.packet(table);
        if ((c.flags[row]! & FRAGMENT) !== 0) this.fragment(slot, table);
        else if (decode.size > 0) this.decodeRules();
      }
    });
  }

  /** A fragment: what is whole with it is looked at as a packet of the same flow. */
  private fragment(slot: number, table: SlotIds): void {
    const { scene, wrong } = this;
    const fragment = fragmentOf(scene);
    if (!fragment) {
      this.decodeRules();
      return;
    }
    const version = (scene.columns.flags[scene.row]! & SEGMENT.IPV6) !== 0 ? 'ipv6' : 'ipv4';
    const { overlaps, tooLarge, whole } = this.fragments.arrive(scene, fragment);
    if (overlaps) wrong.add(`${version}.frag_overlap`);
    if (tooLarge) wrong.add(`${version}.frag_pkt_too_large`);
    if (fragment.more && (fragment.to - fragment.from) % 8 !== 0) wrong.add(`${version}.frag_invalid_length`);
    this.decodeRules();
    for (let i = 0; i < (whole?.segments.count ?? 0); i++) {
      if (i === 0) whole!.segments.columns.slot[0] = slot;
      packetScene(scene, whole!.packets, whole!.segments, i);
      this.packet(table);
      this.decodeRules();
    }
  }

  /** Rules of what is wrong with the packet at hand. */
  private decodeRules(): void {
    const { scene, wrong, index } = this;
    if (index.decode.size > 0) {
      decodeEvents(scene, wrong);
      const orders = [...wrong].flatMap((event) => index.decode.get(event) ?? []).sort((a, b) => a - b);
      for (const order of orders) {
        const rule = this.rules[order]!;
        if (headerHolds(rule, scene) && stateHolds(rule, scene)) this.tell(rule);
      }
    }
    wrong.clear();
  }

  /** Flows that ended. */
  observe(seen: EndedFlows): void {
    const { flows } = seen;
    this.cut += cutIn(this.purse, () => {
      for (let row = 0; row < flows.count; row++) this.tracker.over(flows.columns.id[row]!);
    });
  }

  finish(): void {
    this.cut += cutIn(this.purse, () => this.tracker.finish());
  }

  /**
   * Looks by other rules from now on. Flows, streams, flags and counts go on: no packet is looked at twice or missed; what
   * rules told is kept in the counts, also of those that are gone.
   */
  reload(set: RuleSet): void {
    const places = movedPlaces(this.rules, set.rules);
    for (const flow of this.tracker.flows()) {
      movePlaces(flow, places);
      for (const side of flow.sides ?? []) side.wanted = side.inStream = undefined;
    }
    this.set = set;
    this.rules = set.rules;
    this.index = indexOf(set);
    this.found = new Int32Array(set.rules.length + 1);
  }

  /** What was found, to be brought up to date under its keys. */
  findings(): Iterable<[key: string, finding: Finding]> {
    return this.alerts?.findings() ?? [];
  }

  /** Looks that were given up. */
  get cutLooks(): number {
    return this.cut;
  }

  report(): SignatureReport {
    return {
      signatures: this.alerts?.counts() ?? [],
      rules: rulesReport(this.set, this.cut),
    };
  }

  private packet(table: SlotIds): void {
    const { scene } = this;
    this.purse.fill(scene.payloadEnd - scene.payloadAt);
    const flow = (scene.flow = this.tracker.find(scene, table));
    this.looked = this.clear = false;
    this.passed = flow?.passed ?? false;
    if (flow) {
      scene.direction = flow.directionOf(scene.src, scene.srcAt, scene.srcPort);
      follow(flow, scene.columns, scene.row, scene.now, scene.direction);
      if (flow.proto === PROTO.TCP) this.tcp(flow);
      else if (flow.proto === PROTO.UDP) this.datagram(flow);
    }
    this.packetRules();
    if (flow?.sides) this.streamRules(flow);
  }

  private tcp(flow: RuleFlow): void {
    const { scene } = this;
    const { columns: c, row, direction } = scene;
    const flags = c.tcpFlags[row]!;
    const whole = (c.flags[row]! & (SEGMENT.MALFORMED | SEGMENT.FRAGMENT_LATER | SEGMENT.FRAGMENT_FIRST)) === 0;
    if (whole && c.payloadLength[row]! > 0 && !isReset(flags)) {
      if (!flow.app) this.openApp(flow);
      this.feed.segment(flow, scene);
    }
    if (isLast(flags) && whole) this.feed.last(flow, scene, (side) => this.endSide(flow, side));
    if (isReset(flags)) {
      this.endSide(flow, direction);
      this.endSide(flow, direction === 0 ? 1 : 0);
    }
  }

  private datagram(flow: RuleFlow): void {
    const { scene } = this;
    if (scene.payloadEnd <= scene.payloadAt || (scene.columns.flags[scene.row]! & FRAGMENT) !== 0) return;
    if (!flow.app) this.openApp(flow);
    flow.app?.data(scene.direction, scene.data, scene.payloadAt, scene.payloadEnd);
    if (flow.protocols.length === 0) flow.unknown = true;
  }

  private openApp(flow: RuleFlow): void {
    const { clientPort, serverPort, proto } = flow;
    const expected = proto === PROTO.TCP ? this.expected.take(flow) : undefined;
    const options = { ...(proto === PROTO.UDP ? this.udpOptions : this.tcpOptions), serverPort, clientPort };
    flow.app = openAppFlow(expected ? { ...options, expected } : options, new FlowSink(flow, this.told));
  }

  private streamBytes(flow: RuleFlow, direction: Direction, data: Uint8Array, at: number, end: number): void {
    const side = flow.sides![direction];
    side.wanted ??= this.wantsBytes(flow, direction);
    if (!side.wanted) side.total += end - at;
    else if (side.passed > 0 || this.passes(flow, direction, data, at, end)) side.pass(end - at);
    else side.add(data, at, end);
    flow.app?.data(direction, data, at, end);
    if (flow.protocols.length === 0 && side.total >= UNKNOWN_AFTER) flow.unknown = true;
  }

  private wantsBytes(flow: RuleFlow, direction: Direction): boolean {
    const { stream, looksBeside } = this.index;
    if (looksBeside) return true;
    return stream[direction].concerns(...portsOf(flow, direction));
  }

  /**
   * Whether nothing in the stretch of a stream that begins with these bytes is worth to be kept: all rules that may be about
   * it are found by its beginning, and none is.
   */
  private passes(flow: RuleFlow, direction: Direction, data: Uint8Array, at: number, end: number): boolean {
    const side = flow.sides![direction];
    if (side.fresh > 0 || this.index.looksBeside) return false;
    const stream = this.index.stream[direction];
    const placed = (side.inStream ??= stream.plain.of(...portsOf(flow, direction)));
    if (end - at < placed.reach || !stream.isPlain(flow.protocols)) return false;
    const { bytes, scene } = this;
    bytes.data = data;
    bytes.from = bytes.placed = at;
    bytes.end = end;
    if (placed.scan(bytes, this.found, 0) > 0) return false;
    // The packet at hand was looked through with it.
    this.clear = data === scene.data && at === scene.payloadAt && this.index.isOfStreams[direction];
    return true;
  }

  private streamGap(flow: RuleFlow, direction: Direction, missing: number): void {
    this.lookAtStream(flow, direction);
    flow.sides![direction].clear();
    flow.app?.gap(direction, missing);
  }

  private endSide(flow: RuleFlow, direction: Direction): void {
    const side = flow.sides?.[direction];
    if (!side || side.ended) return;
    side.ended = true;
    this.feed.drain(flow, direction);
    flow.app?.end(direction);
    if (flow.protocols.length === 0 && (side.total > 0 || flow.sides!.every((one) => one.ended))) flow.unknown = true;
  }

  private endFlow(flow: RuleFlow): void {
    // Nothing was said, so nothing is left to look at.
    if (!flow.app && !flow.sides?.some((side) => side.opened)) return;
    const { scene } = this;
    const before = this.keep();
    const { passed } = this;
    this.looked = true;
    // What the packet at hand was passed by is no matter of this flow.
    this.passed = flow.passed;
    // What waited to be looked at may have come long before.
    this.purse.fill((flow.sides?.[0].fresh ?? 0) + (flow.sides?.[1].fresh ?? 0));
    for (const direction of [0, 1] as const) {
      sideScene(scene, flow, direction);
      if (flow.sides) this.endSide(flow, direction);
      else flow.app?.end(direction);
      if (flow.sides) this.lookAtStream(flow, direction);
    }
    this.feed.release(flow);
    flow.app = null;
    this.passed = passed;
    this.restore(before);
  }

  /** Rules that look at the packet itself, and those that look once a direction. */
  private packetRules(): void {
    if (this.looked) return;
    this.looked = true;
    const { scene, index } = this;
    this.onceRules();
    const isTcp = scene.flow?.sides !== undefined && scene.flow?.sides !== null;
    const candidates = isTcp ? index.tcpPackets[scene.direction] : index.packetsOf(scene.columns.proto[scene.row]!);
    if (isTcp && this.clear) return;
    if (scene.payloadEnd <= scene.payloadAt && !candidates.hasAlways) return;
    const { bytes } = this;
    bytes.data = scene.data;
    bytes.from = bytes.placed = scene.payloadAt;
    bytes.end = scene.payloadEnd;
    const orders = this.candidates(candidates);
    if (orders.length === 0) return;
    const payload = scene.data.subarray(scene.payloadAt, scene.payloadEnd);
    for (const order of orders) {
      const rule = this.rules[order]!;
      if (rule.payload.length > 0 && payload.length === 0) continue;
      if (!headerHolds(rule, scene) || !stateHolds(rule, scene) || !payloadHolds(rule, payload)) continue;
      this.tell(rule);
      if (isTcp && rule.alsoPackets) scene.flow!.told[scene.direction].add(order);
    }
  }

  private onceRules(): void {
    const { scene, index } = this;
    const { flow, direction } = scene;
    if (index.once.length === 0) return;
    const done = flow?.once[direction];
    if (done?.has(-1)) return;
    const known = !flow || flow.protocols.length > 0 || flow.unknown;
    for (const order of index.once) {
      const rule = this.rules[order]!;
      if (done?.has(order)) continue;
      if (headerHolds(rule, scene) && stateHolds(rule, scene)) {
        done?.add(order);
        this.tell(rule);
      } else if (!waits(rule)) done?.add(order);
    }
    if (known) done?.add(-1);
  }

  private streamRules(flow: RuleFlow): void {
    this.streamRulesOf(flow, 0);
    this.streamRulesOf(flow, 1);
  }

  private streamRulesOf(flow: RuleFlow, direction: Direction): void {
    const side = flow.sides![direction];
    const { fresh } = side;
    if (fresh === 0) return;
    const turned = flow.protocols.length > 0 && direction !== this.scene.direction;
    if (fresh >= CHUNK || side.ended || turned) this.lookAtStream(flow, direction);
  }

  /** Rules over the bytes of one side that were not looked at yet. */
  private lookAtStream(flow: RuleFlow, direction: Direction): void {
    const side = flow.sides![direction];
    if (side.fresh === 0 || this.index.stream[direction].isEmpty) {
      side.settle();
      return;
    }
    const told = flow.toldIfAny?.[direction];
    if (side.passed === 0) {
      const kept = this.stepAside(flow, direction);
      this.lookAtWindow(side, told);
      this.stepBack(kept);
    }
    side.settle();
    told?.clear();
  }

  /** `told`: rules that packets in the window were told of already. */
  private lookAtWindow(side: SideWindow, told: ReadonlySet<number> | undefined): void {
    const { scene, bytes: looked } = this;
    looked.data = side.buffer;
    looked.from = 0;
    looked.placed = side.looked;
    looked.end = side.length;
    const orders = this.candidates(this.index.stream[scene.direction]);
    if (orders.length === 0) return;
    const bytes = side.bytes();
    for (const order of orders) {
      const rule = this.rules[order]!;
      if (told?.has(order) || !headerHolds(rule, scene) || !stateHolds(rule, scene)) continue;
      if (streamHolds(rule, bytes, side.looked)) this.tell(rule);
    }
  }

  private transaction(flow: RuleFlow, transaction: Transaction): void {
    this.packetRules();
    if (flow.sides) this.lookAtStream(flow, transaction.direction);
    const { index } = this;
    this.aside(flow, transaction.direction, () => {
      const sides: Sides = transaction.direction === 0 ? [transaction, undefined] : [undefined, transaction];
      for (const order of this.transactionCandidates(transaction)) this.judge(this.rules[order]!, flow, sides);
      if (index.whole.length > 0) this.wholeTransaction(flow, transaction);
    });
  }

  private wholeTransaction(flow: RuleFlow, transaction: Transaction): void {
    const kept = (flow.transactions ??= []);
    const other = kept.find((t) => t.id === transaction.id && t.direction !== transaction.direction);
    kept.push(keptTransaction(transaction));
    if (kept.length > KEPT) kept.shift();
    if (!other) return;
    const sides: Sides = transaction.direction === 0 ? [transaction, other] : [other, transaction];
    for (const order of this.index.whole) this.judge(this.rules[order]!, flow, sides);
  }

  /** Rules of a frame; several pieces where bytes of it were lost. */
  private frame(flow: RuleFlow, name: string, direction: Direction, pieces: readonly Uint8Array[]): void {
    this.packetRules();
    const { index, found } = this;
    const side: Transaction = { ...NO_TRANSACTION, direction, buffers: new Map([[name, pieces]]) };
    this.aside(flow, direction, () => {
      const patterns = index.buffers.get(name);
      patterns?.begin();
      let count = 0;
      for (const bytes of pieces) count = patterns?.scan(bytes, 0, bytes.length, found, count) ?? count;
      const orders = index.transactions.get(name) ?? [];
      found.set(orders, count);
      const sides: Sides = direction === 0 ? [side, undefined] : [undefined, side];
      for (const order of this.sorted(count + orders.length)) this.judge(this.rules[order]!, flow, sides);
    });
  }

  private judge(rule: Rule, flow: RuleFlow, sides: Sides): void {
    const { scene } = this;
    if (!transactionHolds(rule, sides, this.flowEvents, scene.now)) return;
    if (!headerHolds(rule, scene) || !stateHolds(rule, scene)) return;
    if (rule.payload.length > 0 && !payloadHolds(rule, this.bytesBeside(flow))) return;
    this.tell(rule);
  }

  /** Bytes of the stream, or of the datagram, that a transaction came in. */
  private bytesBeside(flow: RuleFlow): Uint8Array {
    const { scene } = this;
    if (flow.sides) return flow.sides[scene.direction].bytes();
    return scene.data.subarray(scene.payloadAt, scene.payloadEnd);
  }

  private event(flow: RuleFlow, name: string, direction: Direction): void {
    if (this.index.events.length === 0) return;
    this.packetRules();
    this.aside(flow, direction, () => {
      for (const order of this.index.events) {
        const rule = this.rules[order]!;
        if (!rule.events.some((one) => one.name === name)) continue;
        if (headerHolds(rule, this.scene) && stateHolds(rule, this.scene)) this.tell(rule);
      }
    });
  }

  /** Looks as from the side that speaks, which need not be the one that sent the packet at hand. */
  private aside(flow: RuleFlow, direction: Direction, look: () => void): void {
    const kept = this.stepAside(flow, direction);
    look();
    this.stepBack(kept);
  }

  /** The scene that is left, if it is another. */
  private stepAside(flow: RuleFlow, direction: Direction): Scene | undefined {
    const { scene } = this;
    const kept = scene.flow === flow && scene.direction === direction ? undefined : this.keep();
    if (kept) sideScene(scene, flow, direction);
    scene.isStream = true;
    return kept;
  }

  private stepBack(kept: Scene | undefined): void {
    this.scene.isStream = false;
    if (kept) this.restore(kept);
  }

  /** The scene as it is now, to be given back. */
  private keep(): Scene {
    const kept = this.spare.pop() ?? emptyScene(this.shared);
    copyScene(kept, this.scene);
    return kept;
  }

  private restore(kept: Scene): void {
    copyScene(this.scene, kept);
    this.spare.push(kept);
  }

  /** Numbers of rules that may hold for bytes, in their order. */
  private candidates(group: GroupedCandidates): Int32Array {
    const { found, scene, bytes } = this;
    const count = group.plain.of(scene.srcPort, scene.dstPort).scan(bytes, found, 0);
    return this.sorted(group.scanApps(scene.flow?.protocols ?? NO_PROTOCOLS, bytes, found, count));
  }

  private sorted(count: number): Int32Array {
    if (count === 0) return NONE;
    const orders = this.found.slice(0, count);
    if (count > FEW) return orders.sort();
    for (let i = 1; i < count; i++) {
      const order = orders[i]!;
      let at = i;
      for (; at > 0 && orders[at - 1]! > order; at--) orders[at] = orders[at - 1]!;
      orders[at] = order;
    }
    return orders;
  }

  private transactionCandidates({ buffers, numbers }: Transaction): Int32Array {
    const { index } = this;
    let count = 0;
    for (const [name, several] of buffers) {
      const patterns = index.buffers.get(name);
      if (!patterns) continue;
      patterns.begin();
      for (const bytes of several) count = patterns.scan(bytes, 0, bytes.length, this.found, count);
    }
    for (const { name, orders } of index.unfound) {
      if (name !== '' && !buffers.has(name) && !numbers.has(name)) continue;
      for (let i = 0; i < orders.length; i++) this.found[count++] = orders[i]!;
    }
    return this.sorted(count);
  }

  private tell(rule: Rule): void {
    const { scene } = this;
    for (const effect of rule.effects) effect(scene);
    if (rule.action === 'pass') {
      this.passed = true;
      if (scene.flow && rule.trigger !== 'packet') scene.flow.passed = true;
      return;
    }
    if (this.passed || rule.silent || !this.rates.tells(rule, scene)) return;
    this.alerts?.add(rule, toldOf(scene));
    this.onAlert?.(rule, scene);
  }
}

/** With bytes of its own: those of a transaction are its parser's, until more come. */
function keptTransaction(one: Transaction): Transaction {
  const buffers = [...one.buffers].map(([name, list]): [string, Uint8Array[]] => [
    name,
    list.map((b) => new Uint8Array(b)),
  ]);
  return { ...one, buffers: new Map(buffers) };
}

/** From the side that speaks. */
function portsOf({ clientPort, serverPort }: RuleFlow, direction: Direction): [from: number, to: number] {
  return direction === 0 ? [clientPort, serverPort] : [serverPort, clientPort];
}

/** The rule may hold later in the flow, when its protocol is known. */
function waits(rule: Rule): boolean {
  return rule.state.length > 0;
}
