/** Whether a rule holds for a scene: header, flow, packet, bytes. */
import type { Direction, Transaction } from '../app/types.ts';
import type { Purse } from '../content/purse.ts';
import { Run, type Check } from '../content/run.ts';
import { transformed } from '../content/transforms.ts';
import { SEGMENT } from '../../../meter/packets/types.ts';
import type { Scene } from '../flow/scene.ts';
import type { BufferTest, NumberOf, Rule } from '../rules/rule.ts';

const run = new Run();

/**
 * What is looked at in `look` counts for the set whose purse it is. How many looks were given up meanwhile, or met more text than an
 * expression looks through.
 */
export function cutIn(purse: Purse, look: () => void): number {
  const before = run.cut;
  run.purse = purse;
  look();
  return run.cut - before;
}

/** Protocol, addresses, ports and direction. */
export function headerHolds(rule: Rule, scene: Scene): boolean {
  if (!protocolHolds(rule, scene)) return false;
  if (rule.direction !== undefined && scene.flow !== null && rule.direction !== scene.direction) return false;
  if (rule.direction !== undefined && scene.flow === null) return false;
  if (endsHold(rule, scene, false)) return true;
  return (rule.bothWays || rule.wholeTransaction) && endsHold(rule, scene, true);
}

function protocolHolds(rule: Rule, scene: Scene): boolean {
  const { numbers, apps, version, frames, flowStart } = rule.protocol;
  if (flowStart && scene.flow && scene.flow.packets[0] + scene.flow.packets[1] !== 1) return false;
  const proto = scene.row >= 0 ? scene.columns.proto[scene.row]! : (scene.flow?.proto ?? -1);
  if (numbers !== null ? !numbers.includes(proto) : proto >= 256 && !frames) return false;
  if (version !== undefined && scene.row >= 0) {
    const isSix = (scene.columns.flags[scene.row]! & SEGMENT.IPV6) !== 0;
    if (isSix !== (version === 6)) return false;
  }
  return apps.length === 0 || (scene.flow?.protocols.some((one) => apps.includes(one)) ?? false);
}

function endsHold(rule: Rule, s: Scene, swapped: boolean): boolean {
  const [from, fromAt, to, toAt] = swapped ? [s.dst, s.dstAt, s.src, s.srcAt] : [s.src, s.srcAt, s.dst, s.dstAt];
  const [fromPort, toPort] = swapped ? [s.dstPort, s.srcPort] : [s.srcPort, s.dstPort];
  if (rule.sourcePorts && !rule.sourcePorts(fromPort)) return false;
  if (rule.destinationPorts && !rule.destinationPorts(toPort)) return false;
  if (rule.source && !rule.source(from, fromAt)) return false;
  return !rule.destination || rule.destination(to, toAt);
}

/** What a rule asks of the packet and the flow, bytes apart. */
export function stateHolds(rule: Rule, scene: Scene): boolean {
  for (const test of rule.packet) if (scene.row < 0 || !test(scene)) return false;
  for (const test of rule.state) if (!test(scene)) return false;
  for (const { read, transforms, checks } of rule.packetBuffers) {
    if (!read(scene).some((bytes) => look(bytes, transforms, checks))) return false;
  }
  return true;
}

function look(bytes: Uint8Array, transforms: BufferTest['transforms'], checks: readonly Check[]): boolean {
  const seen = transforms.length === 0 ? bytes : transformed(bytes, transforms, run);
  return seen !== null && run.look(seen, checks);
}

export function payloadHolds(rule: Rule, bytes: Uint8Array): boolean {
  return rule.payload.length === 0 || run.look(bytes, rule.payload);
}

/** In a stretch of a stream of which the bytes before `looked` were looked at already. */
export function streamHolds(rule: Rule, bytes: Uint8Array, looked: number): boolean {
  const { payload } = rule;
  if (payload.length === 0) return true;
  const anchored = rule.alsoPackets;
  const seen = anchored ? bytes.subarray(looked) : bytes;
  if (!run.look(seen, payload)) return false;
  return anchored || run.furthest === 0 || run.furthest > looked;
}

export type Sides = readonly (Transaction | undefined)[];

/** Buffers, numbers and events of a transaction. `sides`: by direction, those that are looked at. */
export function transactionHolds(rule: Rule, sides: Sides, events: ReadonlySet<string>, now: number): boolean {
  run.littleEndian = false;
  for (const { name } of rule.events) if (!events.has(name)) return false;
  // Most lack a buffer that they would have to have: seen before anything is looked at.
  for (const test of rule.buffers) if (test.absent === undefined && !isThere(test, sides)) return false;
  for (const one of rule.numbers)
    if (!chosen(sides, one.direction).some((side) => numberHolds(one, side?.numbers.get(one.name), now))) return false;
  for (const buffer of rule.buffers) if (!bufferHolds(buffer, sides)) return false;
  return true;
}

function numberHolds({ several, test }: NumberOf, values: readonly number[] | undefined, now: number): boolean {
  if (!values || values.length === 0) return false;
  return several ? several(values) : values.some((value) => test(value, now));
}

function isThere({ name, direction }: BufferTest, sides: Sides): boolean {
  if (direction !== undefined) return sides[direction]?.buffers.has(name) ?? false;
  return sides.some((side) => side?.buffers.has(name) ?? false);
}

function chosen(sides: Sides, direction: Direction | undefined): Sides {
  return direction === undefined ? sides : [sides[direction]];
}

function bufferHolds(test: BufferTest, sides: Sides): boolean {
  const { name, absent, transforms, checks } = test;
  let there = false;
  for (const side of chosen(sides, test.direction)) {
    const buffers = side?.buffers.get(name);
    if (!buffers || buffers.length === 0) continue;
    there = true;
    if (absent === 'must') return false;
    run.littleEndian = side?.numbers.get('dcerpc.little_endian')?.includes(1) ?? false;
    for (const bytes of buffers) if (look(bytes, transforms, checks)) return true;
  }
  return !there && absent !== undefined;
}
