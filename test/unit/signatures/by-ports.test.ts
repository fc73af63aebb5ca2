import { describe, expect, it } from 'vitest';
import { indexOf } from '../../../src-main/detect/signatures/engine/index.ts';
import { PROTOCOLS } from '../../../src-main/detect/signatures/app/registry.ts';
import { alerts, datagram, rulesOf, Talk } from './talk.ts';

describe('rules of many ports', () => {
  /** More than are told apart; each is about the ports from one on. */
  const many = Array.from({ length: 300 }, (_, i) => {
    const ports = `[${1000 + i}:${1000 + 2 * i},!${1001 + i}]`;
    return `alert udp any any -> any ${ports} (content:"needle"; sid:${i + 1};)`;
  });

  it('tell of the packets that they are about, however many there are', () => {
    const set = rulesOf(...many, 'alert udp any 7 <> any any (content:"needle"; sid:1000;)');
    for (const port of [999, 1000, 1001, 1150, 1151, 1299, 1598, 1599, 7, 65_535]) {
      const expected = many.flatMap((_, i) => {
        const isIn = port >= 1000 + i && port <= 1000 + 2 * i && port !== 1001 + i;
        return isIn ? [i + 1] : [];
      });
      if (port === 7) expected.push(1000);
      const told = alerts(set, [datagram('a needle', { dport: port })]);
      expect(Object.keys(told).map(Number), String(port)).toEqual(expected);
    }
  });

  it('are apart by protocol: what is about TCP is not looked for in datagrams', () => {
    const { datagrams, looseTcp, stream } = indexOf(rulesOf('alert tcp any any -> any 80 (content:"x"; sid:1;)'));
    expect(datagrams.isEmpty).toBe(true);
    expect(looseTcp.isEmpty).toBe(false);
    for (const direction of [0, 1] as const) {
      expect(stream[direction].concerns(40_000, 80)).toBe(true);
      expect(stream[direction].concerns(80, 40_000)).toBe(false);
    }
  });

  it('are apart by direction: what servers say is not looked through for what clients send', () => {
    const { stream, tcpPackets } = indexOf(
      rulesOf('alert tcp any any -> any any (flow:to_server; content:"x"; depth:1; sid:1;)'),
    );
    for (const groups of [stream, tcpPackets]) expect(groups.map((group) => group.isEmpty)).toEqual([false, true]);
  });

  it('are found in streams of their ports alone', () => {
    const { frames } = new Talk(8080).open().up('needle').close();
    const rules = [80, 8080].map((port) => `alert tcp any any -> any ${port} (content:"needle"; sid:${port};)`);
    expect(alerts(rules.join('\n'), frames)).toEqual({ 8080: 1 });
  });
});

describe('protocols that say how a datagram of theirs begins', () => {
  const options = { transport: 'udp', serverPort: 53, clientPort: 40_000 } as const;

  it.each(PROTOCOLS.filter((one) => one.beginsWith).map((one) => [one.name, one] as const))('%s', (_name, protocol) => {
    const none = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !protocol.beginsWith!(byte));
    expect(none.length).toBeGreaterThan(0);
    for (const byte of none)
      for (const length of [1, 4, 20, 100, 1200])
        for (const fill of [0, 1, 0x30, 0x41, 0x51, 0xff]) {
          const bytes = new Uint8Array(length).fill(fill);
          bytes[0] = byte;
          expect(protocol.recognise(bytes, 0, options), `${byte} ${length} ${fill}`).toBe('no');
        }
  });
});
