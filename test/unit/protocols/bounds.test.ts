import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Account, STATE_BASE } from '../../../src-main/meter/protocols/account.ts';
import { printable } from '../../../src-main/meter/protocols/bytes.ts';
import { FlowContext } from '../../../src-main/meter/protocols/context.ts';
import { Expected } from '../../../src-main/meter/protocols/expected.ts';
import type { Inspector } from '../../../src-main/meter/protocols/inspector.ts';
import { ftp } from '../../../src-main/meter/protocols/inspectors/ftp.ts';
import { Hpack } from '../../../src-main/meter/protocols/inspectors/hpack.ts';
import { http } from '../../../src-main/meter/protocols/inspectors/http.ts';
import { CryptoStream } from '../../../src-main/meter/protocols/inspectors/quic-crypto.ts';
import { initialKeys } from '../../../src-main/meter/protocols/inspectors/quic-initial.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { Budget } from '../../../src-main/meter/streams/budget.ts';
import { crypto, initial } from './quic-packets.ts';
import {
  be16,
  be24,
  be32,
  bytes,
  join,
  le16,
  le32,
  tcp,
  udp,
  utf16,
  Wire,
  type FlowOptions,
  type TestFlow,
} from './wire.ts';

const MIB = 1024 * 1024;
const KIB = 1024;
const FLOWS = 60;
/** Bytes that a flow with a session takes unasked, at most. */
const BASE = 6 * KIB;

const repeated = (count: number, part: (i: number) => Uint8Array | number[]): Uint8Array =>
  join(...Array.from({ length: count }, (_, i) => part(i)));

const PREFACE = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frame = (kind: number, flags: number, payload: Uint8Array): Uint8Array =>
  join(be24(payload.length), [kind, flags], be32(1), payload);
/** The table raised to 65,536 bytes and filled. */
const tableOf = (entries: number, entry: number[]): Uint8Array =>
  join(
    [0x3f, 0xe1, 0xff, 0x03],
    repeated(entries, () => entry),
  );
const ENTRIES = tableOf(2048, [0x40, 0, 0]);
/** Values of 1,900 letters in Huffman's code. */
const LONG = tableOf(8, [0x40, 0x01, 0x61, 0xff, 0x96, 0x08, ...Array.from({ length: 1173 }, () => 0x1c)]);

/** A user agent of 1,900 letters. */
const AGENT = join([0x40, 10], bytes('user-agent'), [0x7f, 0xed, 0x0d], bytes('g'.repeat(1900)));

const record = (payload: Uint8Array): Uint8Array => join([22, 3, 3], be16(payload.length), payload);
const unfinished = (type: number): Uint8Array => record(join([type, 0, 0x3f, 0], new Uint8Array(8300).fill(0x41)));

const smb2 = (command: number, response: boolean, id: number, body: Uint8Array): Uint8Array => {
  const head = [le16(64), le16(0), le32(0), le16(command), le16(1), le32(response ? 1 : 0), le32(0), le32(id)];
  const message = join([0xfe], bytes('SMB'), ...head, new Uint8Array(36), body);
  return join([0], be24(message.length), message);
};
const PATH = utf16('p'.repeat(250));
const connect = (id: number): Uint8Array =>
  smb2(3, false, id, join(le16(9), le16(0), le16(72), le16(PATH.length), PATH));
const create = (id: number): Uint8Array =>
  smb2(5, false, id, join(le16(57), new Uint8Array(42), le16(120), le16(PATH.length), new Uint8Array(8), PATH));
const created = (id: number): Uint8Array => smb2(5, true, id, join(new Uint8Array(64), le32(id), new Uint8Array(12)));
const contexts = (count: number): Uint8Array =>
  repeated(count, (i) => join(le16(i), [0, 0], le32(i), new Uint8Array(16)));
const bind = (count: number): Uint8Array => {
  const body = join(new Uint8Array(8), [count, 0, 0, 0], contexts(count));
  return join([5, 0, 11, 3, 0x10, 0, 0, 0], le16(16 + body.length), le16(0), le32(1), body);
};
const write = (id: number, data: Uint8Array): Uint8Array =>
  smb2(
    9,
    false,
    id,
    join(le16(49), le16(112), le32(data.length), new Uint8Array(8), le32(id), new Uint8Array(28), data),
  );

const BINDS = Array.from({ length: 64 }, (_, id) => write(id, bind(32)));
const CONNECTS = repeated(64, connect);
const FILES = Array.from({ length: 256 }, (_, id) => [create(id), created(id)] as const);
const BYTES = join(
  record(Uint8Array.of(1)),
  repeated(900, () => record(Uint8Array.of(0x3f))),
);

const HANDSHAKES = Array.from({ length: 4 }, (_, id) => {
  const keys = initialKeys(1, Uint8Array.of(id))!;
  const pieces = repeated(2048, (i) => crypto(1 + 2 * i, Uint8Array.of(1)));
  return initial(1, keys, Uint8Array.of(id), 0, pieces);
});

const headers = (line: string, more: string): string => `${line} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
const texts = (letter: string): string => letter.repeat(240);

/** Each makes a flow keep as much as it can and leaves it open; with the service that is told whatever is refused. */
const HOSTILE: readonly [
  name: string,
  options: FlowOptions,
  service: string | undefined,
  script: (f: TestFlow) => void,
][] = [
  ['HPACK tables of empty fields', tcp(80), '', (f) => f.client(join(PREFACE, frame(1, 4, ENTRIES)))],
  ['HPACK tables of long fields', tcp(80), '', (f) => f.client(join(PREFACE, frame(1, 4, LONG)))],
  [
    'HTTP/2 fields in parts',
    tcp(80),
    '',
    (f) => f.client(join(PREFACE, frame(1, 0, new Uint8Array(8000)), frame(9, 0, new Uint8Array(8000)))),
  ],
  ['TLS hellos that never end', tcp(443), 'ssl', (f) => f.client(unfinished(1)).server(unfinished(2))],
  ['TLS hellos in records of a byte', tcp(443), 'ssl', (f) => f.client(BYTES)],
  ['SMB paths that nobody answers', tcp(445), 'smb', (f) => f.client(CONNECTS)],
  [
    'SMB files that stay open',
    tcp(445),
    'smb',
    (f) => {
      for (const [asked, answered] of FILES) f.client(asked).server(answered);
    },
  ],
  [
    'RPC over many pipes',
    tcp(445),
    undefined,
    (f) => {
      for (const bound of BINDS) f.client(bound);
    },
  ],
  ['RPC contexts', tcp(135), 'dce_rpc', (f) => f.client(bind(32))],
  [
    'HTTP requests with accounts that nobody answers',
    tcp(80),
    'http',
    (f) => f.client(headers('GET /', `Authorization: Digest username="${'u'.repeat(128)}"\r\n`).repeat(64)),
  ],
  [
    'HTTP headers that never end',
    tcp(80),
    'http',
    (f) => f.client(`GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(2000)}`),
  ],
  [
    'HTTP facts',
    tcp(80),
    'http',
    (f) =>
      f
        .client(`GET /${texts('a')} HTTP/1.1\r\nHost: ${texts('h')}\r\nUser-Agent: ${texts('b')}\r\n\r\n`)
        .server(`HTTP/1.1 200 OK\r\nServer: ${texts('c')}\r\nContent-Type: ${texts('t')}\r\nContent-Length: 0\r\n\r\n`),
  ],
  [
    'SIP calls that nobody answers',
    udp(5060),
    undefined,
    (f) => {
      for (let i = 0; i < 64; i++)
        f.client(
          `INVITE sip:a SIP/2.0\r\nCall-ID: ${String(i).padEnd(128, 'c')}\r\nCSeq: 1 INVITE\r\n\r\n${'x'.repeat(1800)}`,
        );
    },
  ],
  [
    'segments before which one is missing',
    tcp(9999),
    undefined,
    (f) => {
      for (let i = 1; i < 16; i++) f.clientAt(i * 2000, new Uint8Array(1400));
    },
  ],
  [
    'segments of a letter before which one is missing',
    tcp(9999),
    undefined,
    (f) => {
      for (let i = 1; i <= 128; i++) f.clientAt(i * 2, 'x');
    },
  ],
  [
    'QUIC handshakes of which every other byte came, four a flow',
    udp(443),
    'quic',
    (f) => HANDSHAKES.forEach((packet) => f.client(packet)),
  ],
];

describe.each(HOSTILE)('%s', (_name, options, service, script) => {
  it('stay within the ceiling of all flows, which is empty at the end', () => {
    const wire = new Wire({ bufferCeiling: 64 * KIB });
    for (let slot = 0; slot < FLOWS; slot++) {
      script(wire.flow(options, slot));
      wire.run();
      expect(wire.stage.statistics.held).toBeLessThanOrEqual(64 * KIB);
    }
    expect(wire.stage.statistics.refused).toBeGreaterThan(0);
    for (const flow of wire.flows) {
      const meta = wire.finish(flow);
      if (service !== undefined) expect(meta?.service).toBe(service);
    }
    expect(wire.stage.statistics.held).toBe(0);
  });

  it('are refused nothing below it, and give all back', () => {
    const wire = new Wire({ bufferCeiling: 256 * MIB });
    for (let slot = 0; slot < FLOWS; slot++) script(wire.flow(options, slot));
    wire.run();
    expect(wire.stage.statistics.refused).toBe(0);
    expect(wire.stage.statistics.held).toBeGreaterThanOrEqual(FLOWS * KIB);
    for (const flow of wire.flows) wire.finish(flow);
    expect(wire.stage.statistics.held).toBe(0);
  });

  it('take no more than is counted, and a base', () => takesItsShare(options, script));
});

/** Each keeps what it may keep unasked, cut from texts that are much longer. */
const UNASKED: readonly [name: string, options: FlowOptions, script: (f: TestFlow) => void][] = [
  [
    'Telnet',
    tcp(23),
    (f) =>
      f.server(
        join(
          repeated(5000, () => [255, 253, 24]),
          bytes(`${texts('l').repeat(60)} login: `),
        ),
      ),
  ],
  [
    'Telnet users',
    tcp(23),
    (f) => f.server('\xff\xfd\x18login: ').client(repeated(30, () => join([255, 253, 24], bytes('u'.repeat(500))))),
  ],
  ['request lines', tcp(80), (f) => f.client(headers(`GET /${'a'.repeat(20)} HTTP/1.1${'x'.repeat(2000)}`, ''))],
  ['long addresses', tcp(80), (f) => f.client(headers(`GET /${'a'.repeat(2000)}`, ''))],
  ['HTTP/2 fields', tcp(80), (f) => f.client(join(PREFACE, frame(1, 4, AGENT)))],
  ['FTP commands', tcp(21), (f) => f.client(`USER ${'u'.repeat(4000)}\r\nRETR ${'r'.repeat(4000)}\r\n`)],
  ['mail', tcp(25), (f) => f.client(`EHLO ${'h'.repeat(4000)}\r\nMAIL FROM:<${'m'.repeat(4000)}>\r\n`)],
];

describe.each(UNASKED)('%s', (_name, options, script) => {
  it('leave no longer text alive than what is kept of it', () => takesItsShare(options, script));
});

/** What the flows of a script take, beyond what is counted for them, is a base each. */
function takesItsShare(options: FlowOptions, script: (f: TestFlow) => void): void {
  const wire = new Wire({ bufferCeiling: 256 * MIB });
  // One more flow first: whatever is made once is there then.
  for (let slot = 0; slot <= FLOWS; slot++) wire.flow(options, slot);
  script(wire.flows[0]!);
  wire.run();
  wire.messages.length = 0;
  const before = memory();
  for (const flow of wire.flows.slice(1)) {
    script(flow);
    wire.run();
    wire.messages.length = 0;
  }
  expect(memory() - before).toBeLessThanOrEqual(wire.stage.statistics.held + FLOWS * BASE);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, after what nobody needs was collected; buffers are freed behind the collection, so it is done again. */
function memory(): number {
  let least = Infinity;
  for (let i = 0; i < 4; i++) {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

describe('a session whose memory is refused', () => {
  it('leaves the name and the facts that are there', () => {
    const wire = new Wire({ bufferCeiling: 0 });
    const flow = wire.flow(tcp(80));
    const request = frame(1, 4, join([0x82, 0x84, 0x41, 3], bytes('abc')));
    flow.client(join(PREFACE, request, frame(1, 4, ENTRIES), request));
    wire.run();
    expect(wire.of('http').map(({ host }) => host)).toEqual(['abc']);
    expect(wire.of('weird')).toEqual([]);
    expect(wire.finish(flow)).toMatchObject({ app: 'HTTP2', facts: { 'http.host': 'abc' } });
  });

  it('is asked nothing in ordinary conversations', () => {
    const wire = new Wire({ bufferCeiling: 0 });
    const request = headers('GET /index.html?page=2', 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n');
    const answer = 'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n';
    const flow = wire.flow(tcp(80));
    for (let i = 0; i < 100; i++) flow.client(request).server(answer);
    wire.run();
    expect(wire.of('http')).toHaveLength(200);
    expect(wire.stage.statistics).toMatchObject({ refused: 0, held: 0 });
  });

  it('has nothing left when another protocol follows', () => {
    const wire = new Wire();
    const login = headers('GET /', `Authorization: Digest username="${'u'.repeat(128)}"\r\n`);
    const flow = wire.flow(tcp(80)).client(login.repeat(32) + headers('CONNECT b.example:9', ''));
    wire.run();
    expect(wire.stage.statistics.held).toBeGreaterThan(0);
    flow.server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(33));
    wire.run();
    expect(wire.stage.statistics.held).toBe(0);
  });
});

describe('accounts', () => {
  it('count what they were granted, never beyond the ceiling, and end at nothing', () => {
    const step = fc.record({ who: fc.nat(3), bytes: fc.integer({ min: 0, max: 9000 }), drops: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = new Budget(20_000);
        const accounts = Array.from({ length: 4 }, () => new Account());
        const kept = [0, 0, 0, 0];
        for (const account of accounts) account.open(budget);
        for (const { who, bytes: size, drops } of steps) {
          const account = accounts[who]!;
          if (!drops) kept[who]! += account.keep(size) ? size : 0;
          else {
            const dropped = Math.min(size, kept[who]!);
            kept[who]! -= dropped;
            account.drop(dropped);
          }
          const needed = kept.reduce((sum, one) => sum + Math.max(0, one - STATE_BASE), 0);
          expect(budget.used).toBeGreaterThanOrEqual(needed);
          expect(budget.used).toBeLessThanOrEqual(budget.ceiling);
        }
        for (const account of accounts) account.close();
        expect(budget.used).toBe(0);
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it('bound the pieces of a QUIC handshake', () => {
    const budget = new Budget(8 * KIB);
    const account = new Account();
    account.open(budget);
    const stream = new CryptoStream();
    const piece = new Uint8Array(1200);
    const taken = Array.from({ length: 12 }, (_, i) => {
      stream.open();
      stream.add(1 + i * 1200, piece, 0, piece.length);
      return stream.close(account);
    });
    // One run: seven pieces and what is its own fit into 8 KiB and what is kept unasked.
    expect(taken.indexOf(false)).toBe(7);
    expect(budget.used).toBeLessThanOrEqual(8 * KIB);
    account.close();
    expect(budget.used).toBe(0);
  });
});

describe('HPACK, whatever is evicted', () => {
  it('finds the fields that a table of the same rules holds', () => {
    const step = fc.oneof(
      fc.record({ value: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ limit: fc.constantFrom(0, 40, 120, 2000, 4096) }),
      fc.record({ index: fc.integer({ min: 0, max: 70 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const hpack = new Hpack();
        const room = new Account();
        let model: string[] = [];
        let limit = 4096;
        const fit = (): void => {
          while (model.reduce((sum, one) => sum + 33 + one.length, 0) > limit) model = model.slice(0, -1);
        };
        const integer = (value: number, bits: number, head: number): number[] => {
          const most = 2 ** bits - 1;
          if (value < most) return [head | value];
          const out = [head | most];
          let rest = value - most;
          for (; rest >= 128; rest >>>= 7) out.push((rest & 127) | 128);
          return [...out, rest];
        };
        let letter = 0;
        for (const one of steps) {
          if ('limit' in one) {
            limit = one.limit;
            fit();
            const block = Uint8Array.from(integer(limit, 5, 0x20));
            expect(hpack.read(block, 0, block.length, room, () => undefined)).toBe(true);
          } else if ('value' in one) {
            const value = String.fromCharCode(97 + (letter++ % 26)).repeat(one.value);
            model = [value, ...model];
            fit();
            const block = join([0x40, 1, 0x6e], integer(value.length, 7, 0), bytes(value));
            expect(hpack.read(block, 0, block.length, room, () => undefined)).toBe(true);
          } else if (one.index < model.length) {
            const block = Uint8Array.from(integer(62 + one.index, 7, 0x80));
            let found = '';
            expect(hpack.read(block, 0, block.length, room, (field) => (found = field.value))).toBe(true);
            expect(found).toBe(model[one.index]);
          }
        }
      }),
      { numRuns: 300, seed: 9 },
    );
  });
});

/** Bytes that a session looks at while `data` comes to it byte by byte and nothing of it is done with. */
function looked(inspector: Inspector, data: Uint8Array): number {
  const flow = new FlowContext();
  flow.reset(new Expected());
  let reads = 0;
  const counting = new Proxy(data, {
    get(target, key) {
      reads++;
      return Reflect.get(target, key, target) as unknown;
    },
  });
  const session = inspector.open!(flow);
  for (let end = 1; end <= data.length; end++) {
    if (session.read!(flow, true, counting, 0, end) !== 0) throw new Error('no longer unfinished');
  }
  return reads;
}

describe('work, when bytes come one by one', () => {
  const few = (inspector: Inspector, data: (size: number) => string, size: number): void => {
    const [half, whole] = [looked(inspector, bytes(data(size / 2))), looked(inspector, bytes(data(size)))];
    expect(whole).toBeLessThan(half * 2.2);
    expect(whole).toBeLessThan(size * 100);
  };

  it('grows with an unfinished HTTP header as its length does', () => {
    few(http, (size) => 'GET / HTTP/1.1\r\n' + 'A: b\r\n'.repeat(size / 6), 12_000);
  });

  it('grows with an unfinished line as its length does', () => {
    few(ftp, (size) => 'A'.repeat(size), 4000);
  });

  it('finds the end of a header that is cut anywhere', () => {
    const whole = 'GET /a HTTP/1.1\r\nHost: a.example\r\n\r\nGET /b HTTP/1.1\nHost: b.example\n\n';
    for (let size = 1; size < 40; size++) {
      const wire = new Wire();
      wire.flow(tcp(80)).client(whole, size);
      wire.run();
      expect(wire.of('http').map(({ host }) => host)).toEqual(['a.example', 'b.example']);
    }
  });
});

describe('FTP', () => {
  it('announces eight data connections a payload at most, and tells a bounce among any number', () => {
    const expected = new Expected();
    const flow = new FlowContext();
    flow.reset(expected);
    const messages: { kind: string }[] = [];
    flow.begin(messages as never);
    const session = ftp.open!(flow);
    flow.session = session;
    const line = (i: number): string => `PORT 8,8,8,${i % 256},9,${i % 200}\r\n`;
    const all = bytes(Array.from({ length: 1000 }, (_, i) => line(i)).join('') + 'PORT 8,8,8,8,0,22\r\n');
    session.read!(flow, true, all, 0, all.length);
    expect(expected.size).toBeLessThanOrEqual(16);
    expect(messages.filter(({ kind }) => kind === 'weird')).toHaveLength(1);
  });

  it.each([
    ['PORT 10,0,0,1,4,10', 1034],
    ['PORT 10,0,0,1,004,010', 1034],
    ['PORT 10,0,0,1,4,300', 0],
    ['PORT 10,0,0,1,4', 0],
    ['PORT 10,0,0,1,4,', 0],
    ['PORT 10,0,,0,1,4,10', 0],
    ['PORT 10,0,0,1,4,10,7', 1034],
    ['227 Entering Passive Mode (10,0,0,1,4,10).', 1034],
    ['227 =10,0,0,1,4,10', 1034],
    ['227 12 10,0,0,1,4,10', 1034],
  ])('%s announces %s', (line, port) => {
    const wire = new Wire();
    const control = wire.flow({ ...tcp(21), orig: 1, resp: 1 });
    control.server('220 FTP\r\n').client('USER a\r\n');
    if (line.startsWith('PORT')) control.client(`${line}\r\n`);
    else control.server(`${line}\r\n`);
    wire.run();
    const data = wire.flow({ ...tcp(1034), orig: 2, resp: 1 });
    wire.run();
    expect(wire.finish(data)?.service ?? '').toBe(port === 1034 ? 'ftp-data' : '');
  });
});

describe('messages', () => {
  it('that were handed over are kept alive by no flow that is idle since', async () => {
    const wire = new Wire();
    const idle = wire.flow(tcp(80));
    idle.client('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
    /** Shows what there is; the messages go into a list that nobody else has. */
    const show = (): WeakRef<ProtocolMessage[]> => {
      const messages: ProtocolMessage[] = [];
      Object.assign(wire, { messages }).run();
      expect(messages).toHaveLength(1);
      Object.assign(wire, { messages: [] });
      return new WeakRef(messages);
    };
    const handed = show();
    wire.flow(tcp(80)).client('GET / HTTP/1.1\r\nHost: b.example\r\n\r\n');
    show();
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
    expect(handed.deref()).toBeUndefined();
    expect(wire.finish(idle)?.facts['http.host']).toBe('a.example');
  });
});

describe('text for people', () => {
  it('of a sender who fills it with control characters takes no more memory than other text', () => {
    const COUNT = 4000;
    const LENGTH = 250;
    const before = memory();
    const texts = Array.from({ length: COUNT }, (_, i) => printable(`${i}${'\u0001'.repeat(LENGTH)}\u0400`));
    expect(memory() - before).toBeLessThan(COUNT * (LENGTH * 2 + 200));
    expect(texts[7]).toBe(`7${'?'.repeat(LENGTH)}\u0400`);
  });
});
