/** The scene of a packet, over the columns of its batch. */
import { makeSegmentBatch, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import type { Direction } from '../app/types.ts';
import type { RuleFlow } from '../flow/flow.ts';
import type { Scene } from '../flow/scene.ts';
import type { Shared } from '../flow/shared.ts';

export function emptyScene(shared: Shared): Scene {
  const data = new Uint8Array(0);
  const words = new Uint32Array(8);
  return {
    data,
    view: new DataView(data.buffer),
    columns: makeSegmentBatch(1).columns,
    row: -1,
    flow: null,
    direction: 0,
    now: 0,
    src: words,
    srcAt: 0,
    dst: words,
    dstAt: 4,
    srcPort: 0,
    dstPort: 0,
    packetEnd: 0,
    payloadAt: 0,
    payloadEnd: 0,
    isStream: false,
    shared,
  };
}

/** Makes `scene` that of row `row`. ICMP's type and code are no ports. */
export function packetScene(scene: Scene, packets: PacketBatch, segments: SegmentBatch, row: number): void {
  const { columns: c } = segments;
  if (scene.data !== packets.data) {
    scene.data = packets.data;
    scene.view = new DataView(packets.data.buffer, packets.data.byteOffset, packets.data.length);
  }
  const packet = c.packet[row]!;
  scene.columns = c;
  scene.row = row;
  scene.flow = null;
  scene.direction = 0;
  scene.now = c.sec[row]! + c.nano[row]! / 1e9;
  scene.src = c.src;
  scene.dst = c.dst;
  scene.srcAt = scene.dstAt = row * 4;
  const proto = c.proto[row]!;
  const hasPorts = proto === 6 || proto === 17 || proto === 132;
  scene.srcPort = hasPorts ? c.srcPort[row]! : 0;
  scene.dstPort = hasPorts ? c.dstPort[row]! : 0;
  scene.packetEnd = packets.columns.offset[packet]! + packets.columns.captured[packet]!;
  scene.payloadAt = c.payload[row]!;
  scene.payloadEnd = scene.payloadAt + c.payloadCaptured[row]!;
  scene.isStream = false;
}

/** A scene without a packet: one side of a flow. */
export function sideScene(scene: Scene, flow: RuleFlow, direction: Direction): void {
  scene.row = -1;
  scene.flow = flow;
  scene.direction = direction;
  scene.src = scene.dst = flow.addresses;
  scene.srcAt = direction === 0 ? 0 : 4;
  scene.dstAt = direction === 0 ? 4 : 0;
  scene.srcPort = direction === 0 ? flow.clientPort : flow.serverPort;
  scene.dstPort = direction === 0 ? flow.serverPort : flow.clientPort;
  scene.payloadAt = scene.payloadEnd = 0;
}

/** Every field of a scene, one by one: this stands on the path of every transaction. */
export function copyScene(to: Scene, from: Scene): void {
  to.data = from.data;
  to.view = from.view;
  to.columns = from.columns;
  to.row = from.row;
  to.flow = from.flow;
  to.direction = from.direction;
  to.now = from.now;
  to.src = from.src;
  to.srcAt = from.srcAt;
  to.dst = from.dst;
  to.dstAt = from.dstAt;
  to.srcPort = from.srcPort;
  to.dstPort = from.dstPort;
  to.packetEnd = from.packetEnd;
  to.payloadAt = from.payloadAt;
  to.payloadEnd = from.payloadEnd;
  to.isStream = from.isStream;
}
