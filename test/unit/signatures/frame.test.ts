/** Frames: pieces of a protocol's messages as they stood in the stream. */
import { describe, expect, it } from 'vitest';
import { alerts, rulesOf, Talk } from './talk.ts';

const CONNECT = Uint8Array.of(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0);
const PUBLISH = Uint8Array.of(0x30, 5, 0, 1, 0x74, 0x68, 0x69);

function told(options: string): number {
  const talk = new Talk(1883)
    .open()
    .up(CONNECT)
    .down(Uint8Array.of(0x20, 2, 0, 0))
    .up(PUBLISH)
    .close();
  const set = rulesOf(`alert mqtt any any -> any any (${options} sid:1;)`);
  expect(set.refused, options).toEqual([]);
  return alerts(set, talk.frames)[1] ?? 0;
}

describe('frame', () => {
  it.each([
    ['frame:pdu; content:"|30 05 00 01|thi"; startswith; bsize:7;', 1],
    ['frame:mqtt.header; content:"|30 05|"; bsize:2;', 1],
    ['frame:data; content:"|00 01|t"; startswith; bsize:5;', 1],
    ['frame:data; content:"|30 05|";', 0],
    ['frame:header; content:"|20|"; startswith;', 1],
  ])('%s: %i', (options, count) => {
    expect(told(options)).toBe(count);
  });

  it.each([
    ['mqtt', 'hdr'],
    ['sip', 'pdu'],
    ['http', 'http1.response'],
    ['tcp', 'pdu'],
    ['enip', 'mqtt.pdu'],
    ['mqtt', ''],
  ])('of %s, “%s” is refused', (protocol, name) => {
    const { refused } = rulesOf(`alert ${protocol} any any -> any any (frame:${name}; content:"a"; sid:1;)`);
    expect(refused).toMatchObject([{ keyword: 'frame' }]);
  });
});
