import { expect, it } from 'vitest';
import { RuleEngine } from '../../../src-main/detect/signatures/engine/engine.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { batchOf, rulesOf, Talk } from './talk.ts';

/** Packets of both stretches, the second 400 seconds after the first; alerts by sid. */
function told(first: readonly Uint8Array[], second: readonly Uint8Array[]): Record<number, number> {
  const meter = makeMeter();
  const set = rulesOf(
    'alert tcp any any -> any 80 (flow:established,to_server; content:"needle"; sid:1;)',
    'pass tcp any any -> any 81 (content:"abc"; dsize:3; sid:2;)',
  );
  const engine = new RuleEngine({ set, hosts: meter.hosts });
  meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
  engine.observe(meter.push(batchOf(first, 0)));
  engine.observe(meter.push(batchOf(second, 40_000)));
  engine.observe(meter.finish());
  engine.finish();
  return Object.fromEntries(engine.report().signatures.map(({ sid, count }) => [sid, count]));
}

const pending = new Talk(80, 1000).open().up('needle').frames;
const [passed] = new Talk(81, 2000).up('abc').frames;
const [greeting] = new Talk(80, 3000).open().frames;

it('what is passed in one flow is told of another that ends beside it, whatever packet comes last', () => {
  expect(told(pending, [greeting!])).toEqual({ 1: 1 });
  expect(told(pending, [passed!])).toEqual({ 1: 1 });
  expect(told(pending, [passed!, greeting!])).toEqual({ 1: 1 });
  expect(told(pending, [greeting!, passed!])).toEqual({ 1: 1 });
});
