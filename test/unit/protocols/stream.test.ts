import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspect, tcp, udp, Wire } from './wire.ts';

const REQUEST = 'GET /long/enough HTTP/1.1\r\nHost: a.example\r\n\r\n';

describe('the order of segments', () => {
  it('is restored, and repeated bytes are read once', () => {
    const { wire } = inspect(tcp(80), (f) => {
      f.clientAt(30, REQUEST.slice(30))
        .clientAt(10, REQUEST.slice(10, 30))
        .clientAt(0, REQUEST.slice(0, 15))
        .clientAt(0, REQUEST);
    });
    expect(wire.of('http')).toMatchObject([{ method: 'GET', uri: '/long/enough', host: 'a.example' }]);
  });

  it('does not begin with a keep-alive byte when the start was not seen', () => {
    const { meta, wire } = inspect({ ...tcp(80), syn: false }, (f) => f.clientAt(-1, '\0').client(REQUEST));
    expect(meta?.service).toBe('http');
    expect(wire.of('weird')).toEqual([]);
  });

  it('tells the same however it is cut, whatever of it comes twice or in another order', () => {
    const request = (i: number): string =>
      `POST /${i} HTTP/1.1\r\nHost: h${i}.example\r\nContent-Length: ${i * 70}\r\n\r\n${'b'.repeat(i * 70)}`;
    const all = Array.from({ length: 8 }, (_, i) => request(i)).join('');
    const expected = Array.from({ length: 8 }, (_, i) => [`/${i}`, `h${i}.example`]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 20, max: 240 }), fc.nat(5)), { minLength: 1, maxLength: 12 }),
        (cuts) => {
          const parts: { at: number; text: string }[] = [];
          for (let at = 0, i = 0; at < all.length; i++) {
            const [size, turn] = cuts[i % cuts.length]!;
            const part = { at, text: all.slice(at, at + size) };
            if (turn === 1 && parts.length > 0 && parts.at(-1)!.at + parts.at(-1)!.text.length === at)
              parts.splice(-1, 0, part);
            else if (turn === 2) parts.push(part, part);
            else parts.push(part);
            at += size;
          }
          const { wire } = inspect(tcp(80), (f) => parts.forEach((p) => f.clientAt(p.at, p.text)));
          expect(wire.of('http').map((m) => [m.uri, m.host])).toEqual(expected);
          expect(wire.of('weird')).toEqual([]);
        },
      ),
      { numRuns: 200, seed: 13 },
    );
  });

  it('goes on over a hole that is never filled', () => {
    const { meta, wire } = inspect(tcp(80), (f) => {
      f.client(REQUEST).lose(true, 100);
      for (let i = 0; i < 40; i++) f.client(REQUEST);
    });
    expect(meta?.service).toBe('http');
    expect(wire.of('http').length).toBeGreaterThan(20);
  });

  it('recognises a protocol that only the second direction shows', () => {
    const { meta } = inspect(tcp(7777), (f) => f.client('\x01\x02 unknown first words\r\n').server('SSH-2.0-box\r\n'));
    expect(meta?.service).toBe('ssh');
  });

  it('recognises a connection whose start the capture lacks, at the next message', () => {
    const { meta } = inspect({ ...tcp(80), syn: false }, (f) => f.client('the end of something else').client(REQUEST));
    expect(meta?.service).toBe('http');
  });
});

describe('bounds', () => {
  it('a flow that nobody knows is given up, and its slot serves the next flow', () => {
    const wire = new Wire();
    const flow = wire.flow(tcp(7777));
    flow.client('\x01\x02\x03\x04 what is it').server('\x05\x06\x07\x08 nobody knows');
    wire.run();
    expect(wire.stage.statistics.abandoned).toBe(1);
    expect(wire.finish(flow)).toBeUndefined();
    const next = wire.flow(tcp(80), flow.slot);
    next.client(REQUEST);
    wire.run();
    expect(wire.finish(next)?.service).toBe('http');
    expect(wire.of('http')[0]?.flow).toBe(1);
  });

  it('shows the behaviours the first payload of each direction of an unknown flow', () => {
    const { wire } = inspect(tcp(7777), (f) => f.client('\x01\x02\x03 hello').server('\x05\x06\x07 hi'));
    expect(wire.of('payload').map((m) => [m.transport, m.text, m.fromOrig])).toEqual([
      ['tcp', '\x01\x02\x03 hello', true],
      ['tcp', '\x05\x06\x07 hi', false],
    ]);
  });

  it('a ceiling on held bytes ends reading, not the program', () => {
    const wire = new Wire({ bufferCeiling: 4096 });
    for (let slot = 0; slot < 30; slot++) wire.flow(tcp(80), slot).client('GET /unfinished HTTP/1.1\r\nHost: ');
    wire.run();
    for (const flow of wire.flows) flow.client('a.example\r\n\r\n');
    wire.run();
    const found = wire.flows.map((flow) => wire.finish(flow)?.service ?? '');
    expect(found.filter((s) => s === 'http').length).toBeGreaterThanOrEqual(2);
    // What was held is given back: later flows are read again.
    const later = wire.flow(tcp(80), 0);
    later.client(REQUEST, 9);
    wire.run();
    expect(wire.finish(later)?.service).toBe('http');
  });

  it('segments of a letter behind holes do not keep others from being read', () => {
    const wire = new Wire({ bufferCeiling: 64 * 1024 });
    for (let slot = 0; slot < 60; slot++) {
      const flow = wire.flow(tcp(9998), slot);
      for (let i = 0; i < 16; i++) flow.clientAt(10 + 2 * i, 'x');
    }
    wire.run();
    expect(wire.stage.statistics.held).toBeLessThanOrEqual(64 * 1024);
    wire.flow(tcp(80), 60).client(REQUEST.slice(0, 30)).client(REQUEST.slice(30));
    wire.run();
    expect(wire.of('http')).toMatchObject([{ uri: '/long/enough', host: 'a.example' }]);
    for (const flow of wire.flows) wire.finish(flow);
    expect(wire.stage.statistics.held).toBe(0);
  });

  it('a request in twenty segments, the last first, is read', () => {
    const parts = Array.from(
      { length: 20 },
      (_, i) => [i * 3, REQUEST.slice(i * 3, i === 19 ? undefined : i * 3 + 3)] as const,
    );
    const { wire } = inspect(tcp(80), (f) => parts.toReversed().forEach(([at, text]) => f.clientAt(at, text)));
    expect(wire.of('http')).toMatchObject([{ uri: '/long/enough', host: 'a.example' }]);
    expect(wire.of('weird')).toEqual([]);
  });

  it('a request in more segments than are held, the last first, is told as late', () => {
    const long = `GET /${'a'.repeat(200)} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
    const { wire } = inspect(tcp(80), (f) => {
      for (let i = long.length - 1; i >= 0; i--) f.clientAt(i, long[i]!);
    });
    expect(wire.of('weird').map((m) => m.name)).toEqual(['tcp-late-segment']);
  });

  it('a flow that is done with keeps what was learned, not its memory', () => {
    const wire = new Wire({ bufferCeiling: 4096 });
    for (let slot = 0; slot < 40; slot++) {
      wire
        .flow(tcp(143), slot)
        .server('* OK ready\r\n')
        .client('a SELECT inbox\r\n')
        .server('partial line without end');
    }
    wire.run();
    expect(wire.flows.map((flow) => wire.finish(flow)?.service)).toEqual(Array(40).fill('imap'));
  });

  it('a payload gives at most 64 messages, and every request in it', () => {
    const login = 'GET / HTTP/1.0\nAuthorization: Basic YTpi\n\n';
    const { wire } = inspect(tcp(80), (f) => f.client(login.repeat(200)));
    expect(wire.of('login')).toHaveLength(64);
    expect(wire.of('http')).toHaveLength(200);
  });

  it('a datagram flow is given up after six tries', () => {
    const wire = new Wire();
    const flow = wire.flow(udp(7777));
    for (let i = 0; i < 6; i++) flow.client('\x01\x02\x03 unknown');
    wire.run();
    expect(wire.stage.statistics.abandoned).toBe(1);
    expect(wire.finish(flow)).toBeUndefined();
  });
});

describe('datagrams of nonsense', () => {
  const OPTIONS = 'OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\n\r\n';
  const after = (count: number, port: number): string | undefined => {
    const wire = new Wire();
    const flow = wire.flow(udp(port));
    for (let i = 0; i < count; i++) flow.client('\xff\xfe');
    flow.client(OPTIONS);
    wire.run();
    return wire.finish(flow)?.app;
  };

  it('do not hide what follows on the port of its protocol, however many they are', () => {
    expect(after(1, 5060)).toBe('SIP');
    expect(after(500, 5060)).toBe('SIP');
  });

  it('end the asking on a port of nobody', () => {
    expect(after(5, 7777)).toBe('SIP');
    expect(after(6, 7777)).toBeUndefined();
  });
});

describe('segments that contradict each other', () => {
  it('are reported once a flow, and the first copy is what is read', () => {
    const other = REQUEST.replace('a.example', 'b.example').replace('/long/enough', '/other/place');
    const { wire } = inspect(tcp(80), (f) =>
      f.client(REQUEST.slice(0, -2)).clientAt(-20, other.slice(-22)).client('\r\n'),
    );
    expect(wire.of('http')).toMatchObject([{ uri: '/long/enough', host: 'a.example' }]);
    const { wire: odd } = inspect(tcp(80), (f) => {
      f.client('POST /a HTTP/1.1\r\nHost: a.example\r\nX: ');
      f.clientAt(-40, 'x'.repeat(40)).clientAt(-40, 'y'.repeat(40));
    });
    expect(odd.of('weird').map((m) => m.name)).toEqual(['tcp-overlap-differs']);
  });
});
