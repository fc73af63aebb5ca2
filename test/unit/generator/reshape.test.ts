/** How attacks are reshaped for the evaluation of evasion. */
import { describe, expect, it } from 'vitest';
import { conversationOf, jittered, packetsOf, slower, spread, type Packet } from '../../evaluate/reshape.ts';
import { generate } from '../../generator/scenario.ts';

const START = 1_773_133_200;

const made = generate({
  environment: 'none',
  format: 'pcap',
  seed: 3,
  hours: 0.4,
  startSeconds: START,
  attacks: ['brute-force/ssh'],
});
const packets = packetsOf(made.bytes, START);
const attacker = made.truth[0]!.sources;
const conversations = (of: readonly Packet[]): Set<string> => new Set(of.map(({ frame }) => conversationOf(frame)));

describe('a reshaped attack', () => {
  it('is read back as it was written', () => {
    expect(packets).toHaveLength(made.packets);
    expect(packets[0]!.time).toBeGreaterThanOrEqual(made.truth[0]!.start);
    expect(packets.at(-1)!.time).toBeLessThanOrEqual(made.truth[0]!.end + 1e9);
    expect(conversations(packets).size).toBeGreaterThan(10);
  });

  it('keeps its beginning and order where it is slower', () => {
    const changed = slower(packets, 10);
    expect(changed[0]!.time).toBe(packets[0]!.time);
    expect(changed[50]!.time - changed[0]!.time).toBeCloseTo(10 * (packets[50]!.time - packets[0]!.time), 0);
  });

  it('keeps the intervals within a conversation where only its rhythm changes', () => {
    const changed = jittered(packets, 1, 5);
    expect(changed).toHaveLength(packets.length);
    for (let i = 1; i < changed.length; i++) expect(changed[i]!.time).toBeGreaterThanOrEqual(changed[i - 1]!.time);
    const key = [...conversations(packets)][4]!;
    const spans = [packets, changed].map((of) => {
      const own = of.filter(({ frame }) => conversationOf(frame) === key);
      return own.at(-1)!.time - own[0]!.time;
    });
    expect(spans[1]).toBeCloseTo(spans[0]!, 0);
    expect(jittered(packets, 1, 5)).toEqual(changed);
  });

  it('comes from as many addresses as asked for, each with whole conversations', () => {
    const { packets: changed, sources } = spread(packets, attacker, 4);
    expect(new Set(sources).size).toBe(4);
    expect(sources).toContain(attacker[0]);
    expect(conversations(changed).size).toBe(conversations(packets).size);
    expect(changed.map(({ time }) => time)).toEqual(packets.map(({ time }) => time));
  });
});
