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

  it('belongs to the rule’s protocol, or names it where that is a transport', () => {
    const talk = new Talk(80)
      .open()
      .up('GET /one HTTP/1.1\r\nHost: h\r\n\r\n')
      .down('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno')
      .up('GET /two HTTP/1.1\r\nHost: h\r\n\r\n')
      .down('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes')
      .close();
    const rules = [
      'alert http any any -> any any (frame:http1.response; content:"HTTP/1.1"; startswith; sid:1;)',
      'alert http1 any any -> any any (frame:response; content:"yes"; endswith; sid:2;)',
      'alert tcp any any -> any any (frame:http1.request; content:"GET /two"; startswith; sid:3;)',
      'alert http any any -> any any (flow:to_server; frame:http1.response; content:"OK"; sid:4;)',
      'alert http1 any any -> any any (frame:stream; content:"yes"; sid:5;)',
      'alert http1 any any -> any any (frame:request; content:!"two"; sid:6;)',
      'alert http any any -> any any (http.cookie; absent; sid:7;)',
    ];
    expect(alerts(rules.join('\n'), talk.frames)).toEqual({ 1: 2, 2: 1, 3: 1, 5: 1, 6: 1, 7: 4 });
  });

  it.each([
    'frame:http1.request; content:"a"; http.uri; content:"b";',
    'frame:http1.request; content:"a"; frame:http1.response; content:"b";',
    'frame:http1.request; content:"a"; urilen:3;',
  ])('is looked at alone: %s', (options) => {
    expect(rulesOf(`alert http any any -> any any (${options} sid:1;)`).refused).toMatchObject([{ keyword: 'frame' }]);
  });

  it.each([
    ['mqtt', 'hdr'],
    ['sip', 'hdr'],
    ['http', 'hdr'],
    ['http', 'http2.pdu'],
    ['tcp', 'pdu'],
    ['enip', 'mqtt.pdu'],
    ['quic', 'stream'],
    ['mqtt', ''],
  ])('of %s, “%s” is refused', (protocol, name) => {
    const { refused } = rulesOf(`alert ${protocol} any any -> any any (frame:${name}; content:"a"; sid:1;)`);
    expect(refused).toMatchObject([{ keyword: 'frame' }]);
  });
});
