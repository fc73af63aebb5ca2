import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { FlowContext } from '../../../src-main/meter/protocols/context.ts';
import { Expected } from '../../../src-main/meter/protocols/expected.ts';
import type { Inspector, Probe } from '../../../src-main/meter/protocols/inspector.ts';
import { inspectors } from '../../../src-main/meter/protocols/registry.ts';
import { Budget } from '../../../src-main/meter/streams/budget.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { TALKS } from './fact-samples.ts';
import { SAMPLES } from './samples.ts';
import { hexBytes, Wire, bytes } from './wire.ts';

/** A flow for which `budget` is asked, and which watches that nothing is given back that was not taken. */
function watched(tcp: boolean, budget: Budget): FlowContext {
  const flow = new FlowContext(tcp);
  flow.reset(new Expected(), budget);
  let kept = 0;
  const [keep, drop] = [flow.keep.bind(flow), flow.drop.bind(flow)];
  flow.keep = (size) => {
    const granted = keep(size);
    if (granted) kept += size;
    expect(budget.used).toBeLessThanOrEqual(budget.ceiling);
    return granted;
  };
  flow.drop = (size) => {
    kept -= size;
    expect(kept).toBeGreaterThanOrEqual(0);
    drop(size);
  };
  return flow;
}

/** A beginning for each kind of message, so that fuzzing reaches past the probes. */
const SEEDS: readonly Uint8Array[] = [
  hexBytes('16030100c8010000c40303'),
  hexBytes('160303003d0200003903030000'),
  hexBytes('16030300ff0b0000fb0000f80000f5308200f1'),
  bytes('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'),
  bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n'),
  bytes('SSH-2.0-a\r\n\0\0\0\x0c\x0a\x15'),
  hexBytes('00010100000100000000000003777777076578616d706c6503636f6d0000010001'),
  hexBytes('00018180000100020000000003777777c00c00010001c00c000500010000000a0002c00c'),
  bytes('220 ftp\r\nUSER a\r\nPASS b\r\n227 (1,2,3,4,5,6)\r\n229 (|||500|)\r\n'),
  bytes('220 ESMTP\r\nEHLO a\r\nAUTH PLAIN AGEAYg==\r\n235\r\n'),
  hexBytes('00000090ff534d4272000000000000000000000000000000000000000000000000000000000c00'),
  hexBytes('000000a0fe534d424000000000000000010000000000000000000000'),
  hexBytes('85000000860000000000008afe534d4240000000000000000500000000000000480000000100000000000000'),
  hexBytes('00000070fc534d42600000000000010060000000fe534d4240000000000000000500000000000000'),
  hexBytes('00000070fc534d4260000000040001000800000077000000ff0f000000000000ffffffff'),
  hexBytes('00000070fc534d4260000000020000004e000000fe534d4240000000000000000300000000000000'),
  hexBytes('6a81b03081ada103020105a20302010aa48181'),
  hexBytes('7e503e30'),
  hexBytes('3025020101602002010304'),
  hexBytes('302602010104067075626c6963a019'),
  hexBytes('0300002f2ae00000000000436f6f6b69653a206d73747368617368'),
  hexBytes('05000b03100000004800000001000000d016d0160000000001000000'),
  hexBytes('05000c03100000004400000001000000d016d01600000000040031333500000002000000'),
  hexBytes('0101060012345678'),
  hexBytes('16feff00000000000000000050010000'),
  bytes('NTLMSSP\0\x03\0\0\0'),
  bytes('+OK\r\nUSER a\r\n* OK\r\na LOGIN b c\r\n:x 001 y\r\n'),
  hexBytes('4a0000000a382e3000'),
  hexBytes('0000000804d2162f'),
];

/** Messages of an inspector's own protocol, so that its session is reached. */
const own = (id: string): Uint8Array[] => [
  ...SAMPLES.filter((s) => s.id === id).map((s) => s.payload),
  ...TALKS.filter((t) => t.id === id).flatMap((t) => t.say.map(([, payload]) => payload)),
];

const payloadOf = (seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.constantFrom(...seeds), fc.uint8Array({ maxLength: 200 }))
      .map(([seed, tail]) => Uint8Array.from([...seed, ...tail])),
    fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 100 }),
      )
      .map(([seed, changes, tail]) => {
        const changed = Uint8Array.from([...seed, ...tail]);
        for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
        return changed;
      }),
    // Cut short at any place.
    fc.tuple(fc.constantFrom(...seeds), fc.nat(300)).map(([seed, size]) => seed.slice(0, size)),
  );

const payload = payloadOf(SEEDS);
/** Half of the time something of the inspector's own protocol. */
const payloadFor = (id: string): fc.Arbitrary<Uint8Array> =>
  own(id).length > 0 ? fc.oneof(payloadOf(own(id)), payload) : payload;

function probeOf(data: Uint8Array, at: number, end: number, tcp: boolean, respPort: number): Probe {
  return { data, at, end, tcp, fromOrig: true, origPort: 40000, respPort, partial: false, fromStart: true, tries: 0 };
}

const transports = (inspector: Inspector): boolean[] =>
  inspector.over === 'both' ? [true, false] : [inspector.over === 'tcp'];

describe('probes on hostile bytes', () => {
  it.each(inspectors.map((i) => [i.id, i] as const))('%s answers from the bytes it was shown', (id, inspector) => {
    fc.assert(
      fc.property(payloadFor(id), fc.boolean(), (data, usual) => {
        if (data.length === 0) return;
        const padded = new Uint8Array(data.length + 64).fill(0xee);
        padded.set(data, 32);
        const port = usual ? (inspector.ports[0] ?? 9) : 9;
        for (const tcp of transports(inspector)) {
          const answer = inspector.probe(probeOf(padded, 32, 32 + data.length, tcp, port));
          expect([0, 1, 2]).toContain(answer);
          // What stands beyond the end has no say.
          const alone = inspector.probe(probeOf(data, 0, data.length, tcp, port));
          expect(alone).toBe(answer);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('sessions on hostile bytes', () => {
  it.each(inspectors.filter((i) => i.open).map((i) => [i.id, i] as const))(
    '%s never throws, keeps its place, says a bounded amount and holds no more than it is granted',
    (id, inspector) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.boolean(), payloadFor(id)), { minLength: 1, maxLength: 6 }), (parts) => {
          for (const tcp of transports(inspector)) {
            const budget = new Budget(parts.length > 3 ? 0 : 8192);
            const flow = watched(tcp, budget);
            flow.respPort = inspector.ports[0] ?? 9;
            const session = inspector.open!(flow);
            flow.session = session;
            for (const [fromOrig, data] of parts) {
              const messages: ProtocolMessage[] = [];
              flow.begin(messages);
              flow.fromOrig = fromOrig;
              flow.wire = data.length;
              if (tcp && session.read) {
                const next = session.read(flow, fromOrig, data, 0, data.length);
                expect(next).toBeGreaterThanOrEqual(0);
                expect(Number.isSafeInteger(next)).toBe(true);
              } else if (!tcp) session.datagram?.(flow, fromOrig, data, 0, data.length);
              expect(messages.length).toBeLessThanOrEqual(64);
              expect(JSON.stringify(messages).length).toBeLessThan(200_000);
              if (flow.finished || flow.session !== session) break;
            }
            session.end?.(flow);
            const meta = flow.meta();
            if (meta) for (const value of Object.values(meta.facts)) expect(value.length).toBeLessThanOrEqual(256);
            budget.release(flow.leave());
            expect(budget.used).toBe(0);
          }
        }),
        { numRuns: 150, seed: 11 },
      );
    },
  );
});

describe('what stands around a payload', () => {
  it.each(inspectors.filter((i) => i.open).map((i) => [i.id, i] as const))(
    'has no say in what %s reports',
    (id, inspector) => {
      const report = (parts: [boolean, Uint8Array][], tcp: boolean, fill: number): string => {
        const flow = new FlowContext(tcp);
        flow.reset(new Expected());
        const session = inspector.open!(flow);
        flow.session = session;
        const said: unknown[] = [];
        for (const [fromOrig, data] of parts) {
          const messages: ProtocolMessage[] = [];
          flow.begin(messages);
          const padded = new Uint8Array(data.length + 96).fill(fill);
          padded.set(data, 32);
          if (tcp) said.push(session.read?.(flow, fromOrig, padded, 32, 32 + data.length));
          else session.datagram?.(flow, fromOrig, padded, 32, 32 + data.length);
          said.push(messages);
          if (flow.finished || flow.session !== session) break;
        }
        session.end?.(flow);
        return JSON.stringify([said, flow.meta()]);
      };
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.boolean(), payloadFor(id)), { minLength: 1, maxLength: 4 }), (parts) => {
          for (const tcp of transports(inspector)) expect(report(parts, tcp, 0x11)).toBe(report(parts, tcp, 0xee));
        }),
        { numRuns: 100, seed: 13 },
      );
    },
  );
});

describe('the whole stage on hostile flows', () => {
  it('says the same however the bytes are cut into segments', () => {
    fc.assert(
      fc.property(payload, fc.integer({ min: 1, max: 40 }), (data, size) => {
        const services = [Infinity, size].map((cut) => {
          const wire = new Wire();
          const flow = wire.flow({ respPort: 9 });
          flow.client(data, cut);
          wire.run();
          return wire.of('http').length;
        });
        expect(services[1]).toBe(services[0]);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('survives any order, overlap, loss and truncation', () => {
    const step = fc.record({
      fromOrig: fc.boolean(),
      payload,
      seq: fc.integer({ min: -400, max: 4000 }),
      cut: fc.nat(50),
      flags: fc.constantFrom(0, 0, 0, 2, 4, 8, 16, 128),
      tcpFlags: fc.nat(255),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(PROTO.TCP, PROTO.UDP, PROTO.ICMP),
        (steps, proto) => {
          const wire = new Wire({ bufferCeiling: 64 * 1024 });
          const flow = wire.flow({ proto, respPort: 445, syn: false });
          for (const s of steps) {
            flow.odd({
              fromOrig: s.fromOrig,
              payload: s.payload,
              wire: s.payload.length + s.cut,
              seq: 1000 + s.seq,
              flags: s.flags,
              tcpFlags: s.tcpFlags,
            });
          }
          wire.run();
          wire.finish(flow);
          expect(wire.messages.length).toBeLessThanOrEqual(70 * (steps.length + 1));
          expect(wire.stage.statistics.held).toBe(0);
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });
});
