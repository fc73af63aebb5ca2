/** Shares, files and remote calls among others that are to hide them. */
import { describe, expect, it } from 'vitest';
import type { SmbMessage } from '../../../src-main/meter/protocols/types.ts';
import { be24, bytes, hexBytes, inspect, join, le16, le32, tcp, utf16, type TestFlow } from './wire.ts';

const zeros = (n: number): Uint8Array => new Uint8Array(n);
const list = (count: number, part: (i: number) => Uint8Array): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => part(i));

describe('remote calls', () => {
  const SVCCTL = hexBytes('81bb7a36 4498 f135 ad32 98f038001003');
  const svcctl = '367abb81-9844-35f1-ad32-98f038001003';
  const WKSSVC = hexBytes('98d0ff6b 12a1 1036 9833 46c3f87e345a');
  const other = (i: number): Uint8Array => join(le32(0x1000 + i), hexBytes('000000000000000000000000'));
  const BIND = 11;
  const BIND_ACK = 12;
  const ALTER = 14;
  const ALTER_RESPONSE = 15;

  const pdu = (type: number, body: Uint8Array, call = 1): Uint8Array =>
    join([5, 0, type, 3, 0x10, 0, 0, 0], le16(16 + body.length), le16(0), le32(call), body);
  const binding = (type: number, contexts: readonly [number, Uint8Array][], call = 1): Uint8Array =>
    pdu(
      type,
      join(
        zeros(8),
        [contexts.length, 0, 0, 0],
        ...contexts.map(([context, bound]) => join(le16(context), [1, 0], bound, le32(2), zeros(20))),
      ),
      call,
    );
  const answer = (type: number, results: number[], call = 1): Uint8Array =>
    pdu(
      type,
      join(
        zeros(8),
        le16(4),
        bytes('135\0'),
        zeros(2),
        [results.length, 0, 0, 0],
        ...results.map((result) => join(le16(result), le16(0), zeros(20))),
      ),
      call,
    );
  const call = (context: number, operation: number): Uint8Array =>
    pdu(0, join(le32(0), le16(context), le16(operation)));
  /** Operations of the service manager that are told. */
  const services = (script: (f: TestFlow) => void): { operations: number[]; refused: number; untold?: string } => {
    const { wire, meta } = inspect(tcp(49666), script);
    const told = wire.of('dcerpc').filter((m) => m.what === 'call' && m.interface === svcctl);
    const untold = meta?.facts['dcerpc.untold'];
    const { refused } = wire.stage.statistics;
    return { operations: told.map((m) => m.operation), refused, ...(untold === undefined ? {} : { untold }) };
  };

  it('are told that mean something, behind seventy others in the same segment', () => {
    const told = services((f) =>
      f
        .client(
          binding(BIND, [
            [0, SVCCTL],
            [1, other(1)],
          ]),
        )
        .client(join(...list(70, () => call(1, 0)), call(0, 15), call(0, 12), call(0, 19))),
    );
    expect(told.operations).toEqual([15, 12, 19]);
    // What was left out is told, too.
    expect(told.refused).toBe(6);
  });

  it('are told behind more than are told of a connection', () => {
    const told = services((f) => {
      f.client(
        binding(BIND, [
          [0, SVCCTL],
          [1, other(1)],
        ]),
      );
      for (let i = 0; i < 20; i++) f.client(join(...list(30, () => call(1, 0))));
      f.client(call(0, 12));
    });
    expect(told).toEqual({ operations: [12], refused: 0, untold: 'more than 512 messages' });
  });

  it('do not hide one another by repeating', () => {
    const told = services((f) => {
      f.client(binding(BIND, [[0, SVCCTL]]));
      for (let i = 0; i < 60; i++) f.client(join(...list(30, () => call(0, 6))));
      f.client(call(0, 12));
    });
    expect(told.operations.filter((operation) => operation === 12)).toEqual([12]);
    expect(told.operations.length).toBeLessThanOrEqual(16 + 512 + 1);
  });

  it('name a known interface behind forty others in the same bind', () => {
    const others = Array.from({ length: 40 }, (_, i): [number, Uint8Array] => [i, other(i)]);
    const told = services((f) => f.client(binding(BIND, [...others, [99, SVCCTL]])).client(call(99, 12)));
    expect(told.operations).toEqual([12]);
    expect(told.refused).toBeGreaterThan(0);
  });

  it('name the interface that is bound after hundreds of others', () => {
    const others = Array.from({ length: 64 }, (_, i): [number, Uint8Array] => [i, other(i % 2)]);
    const told = services((f) => {
      for (let k = 0; k < 9; k++) f.client(binding(k === 0 ? BIND : ALTER, others));
      f.client(binding(ALTER, [[0, SVCCTL]]))
        .client(call(0, 15))
        .client(call(0, 12));
    });
    expect(told.operations).toEqual([15, 12]);
  });

  const renamed = (results: number[] | undefined, bound = other(5), number = 2): number[] =>
    services((f) => {
      f.client(binding(BIND, [[0, SVCCTL]])).server(answer(BIND_ACK, [0]));
      f.client(binding(ALTER, [[0, bound]], 2));
      if (results) f.server(answer(ALTER_RESPONSE, results, number));
      f.client(call(0, 12));
    }).operations;

  it('keep their interface until the server agrees to another one', () => {
    expect(renamed([2])).toEqual([12]);
    expect(renamed([])).toEqual([12]);
    expect(renamed(undefined)).toEqual([12]);
    expect(renamed([0], other(5), 3)).toEqual([12]);
    expect(renamed([2], WKSSVC)).toEqual([12]);
    expect(renamed([0])).toEqual([]);
    expect(renamed([0], WKSSVC)).toEqual([]);
  });

  it('do not take the caller for the server that agrees', () => {
    const told = services((f) => {
      f.client(binding(BIND, [[0, SVCCTL]])).server(answer(BIND_ACK, [0]));
      f.client(binding(ALTER, [[0, other(5)]], 2)).client(answer(ALTER_RESPONSE, [0], 2));
      f.client(call(0, 12));
    });
    expect(told.operations).toEqual([12]);
  });

  it('go to no interface that the server refused', () => {
    const told = services((f) =>
      f
        .client(
          binding(BIND, [
            [0, SVCCTL],
            [1, other(1)],
          ]),
        )
        .server(answer(BIND_ACK, [2, 0]))
        .client(call(0, 12)),
    );
    expect(told.operations).toEqual([]);
  });
});

const nbss = (...messages: Uint8Array[]): Uint8Array => {
  const message = join(...messages);
  return join([0], be24(message.length), message);
};

describe('SMB 2 and 3', () => {
  interface Head {
    id: number;
    tree?: number;
    session?: number;
    flags?: number;
    status?: number;
    following?: number;
  }
  const smb2 = (command: number, head: Head, body: Uint8Array): Uint8Array =>
    join(
      [0xfe],
      bytes('SMB'),
      le16(64),
      le16(0),
      le32(head.status ?? 0),
      le16(command),
      le16(1),
      le32(head.flags ?? 0),
      le32(head.following ?? 0),
      le32(head.id),
      zeros(8),
      le32(head.tree ?? 0),
      le32(head.session ?? 1),
      zeros(20),
      body,
    );
  const connect = (id: number, path: string, more: Partial<Head> = {}): Uint8Array =>
    smb2(3, { id, ...more }, join(le16(9), le16(0), le16(72), le16(path.length * 2), utf16(path)));
  const connected = (id: number, tree: number, more: Partial<Head> = {}): Uint8Array =>
    smb2(3, { id, tree, flags: 1, ...more }, join(le16(16), zeros(14)));
  const create = (id: number, tree: number, path: string, more: Partial<Head> = {}): Uint8Array =>
    smb2(5, { id, tree, ...more }, join(le16(57), zeros(42), le16(120), le16(path.length * 2), zeros(8), utf16(path)));
  const created = (id: number, tree: number): Uint8Array =>
    smb2(5, { id, tree, flags: 1 }, join(le16(89), zeros(62), le32(7), zeros(20)));
  const write = (id: number, size: number): Uint8Array => {
    const body = join(le16(49), le16(112), le32(size), zeros(40), new Uint8Array(size).fill(0x77));
    return smb2(9, { id, following: 64 + body.length }, body);
  };
  const ADMIN = '\\\\srv\\ADMIN$';
  const EVIL = 'temp\\evil.exe';

  const paths = (script: (f: TestFlow) => void): [string, string, string, number][] =>
    inspect(tcp(445), script)
      .wire.of('smb')
      .filter(({ path }) => path !== '')
      .map(({ command, share, path, status }: SmbMessage) => [command, share, path, status]);
  const opens = (script: (f: TestFlow) => void): [string, string, string, number][] =>
    paths((f) => {
      f.client(nbss(connect(1, ADMIN))).server(nbss(connected(1, 5)));
      script(f);
    }).filter(([command]) => command === 'create');

  it('tell the share that a file is on, whichever was connected last', () => {
    const both = (first: string, second: string): string[] =>
      paths((f) => {
        f.client(nbss(connect(1, first))).server(nbss(connected(1, 5)));
        f.client(nbss(connect(2, second))).server(nbss(connected(2, 9)));
        f.client(nbss(create(3, 5, EVIL))).server(nbss(created(3, 5)));
      })
        .filter(([command]) => command === 'create')
        .map(([, share]) => share);
    expect(both(ADMIN, '\\\\srv\\IPC$')).toEqual([ADMIN]);
    expect(both('\\\\srv\\software', '\\\\srv\\C$')).toEqual(['\\\\srv\\software']);
  });

  it('tell shares of the same number in two sessions apart', () => {
    const told = paths((f) => {
      f.client(nbss(connect(1, ADMIN, { session: 1 }))).server(nbss(connected(1, 5, { session: 1 })));
      f.client(nbss(connect(2, '\\\\srv\\pub', { session: 2 }))).server(nbss(connected(2, 5, { session: 2 })));
      f.client(nbss(create(3, 5, EVIL, { session: 1 }))).server(nbss(created(3, 5)));
    });
    expect(told.at(-1)).toEqual(['create', ADMIN, EVIL, 0]);
  });

  it('do not tell a share that was refused or left', () => {
    const refused = paths((f) => {
      f.client(nbss(connect(1, ADMIN))).server(nbss(connected(1, 5, { status: 0xc0000022 })));
      f.client(nbss(create(3, 5, EVIL))).server(nbss(created(3, 5)));
    });
    expect(refused.at(-1)).toEqual(['create', '', EVIL, 0]);
    const left = opens((f) =>
      f
        .server(nbss(smb2(4, { id: 2, tree: 5, flags: 1 }, zeros(4))))
        .client(nbss(create(3, 5, EVIL)))
        .server(nbss(created(3, 5))),
    );
    expect(left).toEqual([['create', '', EVIL, 0]]);
  });

  it('tell the share of a file that is opened in the same chain of messages', () => {
    const first = connect(1, ADMIN);
    const told = paths((f) =>
      f
        .client(
          nbss(
            join(first.subarray(0, 20), le32(first.length), first.subarray(24)),
            create(2, 0xffffffff, EVIL, { flags: 4 }),
          ),
        )
        .server(nbss(connected(1, 5)))
        .server(nbss(created(2, 5))),
    );
    expect(told).toEqual([
      ['tree-connect', '', ADMIN, 0],
      ['create', ADMIN, EVIL, 0],
    ]);
  });

  it('tell a file among more than are waited for, and those without their answers', () => {
    const told = opens((f) => {
      for (let i = 0; i < 70; i++) f.client(nbss(create(100 + i, 5, `a${i}`)));
      f.client(nbss(create(2, 5, EVIL))).server(nbss(created(2, 5)));
      for (let i = 0; i < 70; i++) f.server(nbss(created(100 + i, 5)));
    });
    expect(told).toHaveLength(71);
    expect(told.filter(([, , path]) => path === EVIL)).toEqual([['create', ADMIN, EVIL, 0]]);
    expect(told.filter(([, , , status]) => status === -1)).toHaveLength(7);
  });

  it('tell all files that one segment answers', () => {
    const told = opens((f) => {
      for (let i = 0; i < 60; i++) f.client(nbss(create(100 + i, 5, `a${i}`)));
      const events = list(80, (i) => nbss(smb2(2, { id: 200 + i, flags: 1 }, zeros(4))));
      f.server(join(...events, ...list(60, (i) => nbss(created(100 + i, 5)))));
    });
    expect(told).toHaveLength(60);
  });

  it('tell a file behind seven thousand bytes of another message of its chain', () => {
    const message = nbss(write(3, 7000), create(4, 5, EVIL));
    for (const size of [Infinity, 1400, 64])
      expect(opens((f) => f.client(message, size).server(nbss(created(4, 5))))).toEqual([['create', ADMIN, EVIL, 0]]);
  });

  it('tell a file behind forty messages of its chain', () => {
    const message = nbss(...list(40, (i) => write(10 + i, 16)), create(4, 5, EVIL));
    expect(opens((f) => f.client(message).server(nbss(created(4, 5))))).toHaveLength(1);
  });

  it('do not lose the messages behind a chain that is cut', () => {
    const told = opens((f) => {
      f.client(nbss(write(3, 7000)).subarray(0, 3000)).lose(true, 4000 + 116);
      f.client(nbss(create(4, 5, EVIL))).server(nbss(created(4, 5)));
    });
    expect(told).toHaveLength(1);
  });

  const NONE = 0;
  const LZ77 = 2;
  const PATTERN = 4;
  const piece = (algorithm: number, data: Uint8Array, first: boolean): Uint8Array =>
    join(le16(algorithm), le16(first ? 1 : 0), le32(data.length), data);
  const compressed = (size: number, ...rest: (Uint8Array | number[])[]): Uint8Array =>
    nbss(join([0xfc], bytes('SMB'), le32(size), ...rest));

  it('read what is said to be compressed and is not', () => {
    const open = create(4, 5, EVIL);
    const whole = compressed(open.length, piece(NONE, open, true));
    const parts = compressed(
      open.length,
      piece(NONE, open.subarray(0, 100), true),
      piece(NONE, open.subarray(100), false),
    );
    // Thirty zeros within the message as one byte that is repeated.
    const gap = open.findIndex((byte, i) => i > 66 && byte === 0 && open.subarray(i, i + 30).every((b) => b === 0));
    const filled = compressed(
      open.length,
      piece(NONE, open.subarray(0, gap), true),
      piece(PATTERN, join([0, 0, 0, 0], le32(30)), false),
      piece(NONE, open.subarray(gap + 30), false),
    );
    const before = compressed(9000, le16(LZ77), le16(0), le32(open.length), open, zeros(40));
    for (const message of [whole, parts, filled, before]) {
      const { wire, meta } = inspect(tcp(445), (f) => {
        f.client(nbss(connect(1, ADMIN))).server(nbss(connected(1, 5)));
        f.client(message, 50).server(nbss(created(4, 5)));
      });
      expect(wire.of('smb').at(-1)).toMatchObject({ command: 'create', share: ADMIN, path: EVIL, status: 0 });
      expect(meta?.facts['smb.compressed']).toBe('yes');
      expect(wire.of('weird')).toEqual([]);
    }
  });

  it('go on behind messages that are compressed', () => {
    const message = compressed(9000, piece(LZ77, zeros(3000), true));
    const told = opens((f) =>
      f
        .client(message)
        .client(nbss(create(4, 5, EVIL)))
        .server(nbss(created(4, 5))),
    );
    expect(told).toHaveLength(1);
  });

  it('pass over session packets that carry nothing, wherever they stand', () => {
    const nothing = Uint8Array.of(0x86, 0, 0, 0);
    const alive = Uint8Array.of(0x85, 0, 0, 0);
    const told = opens((f) =>
      f.client(join(...list(70, () => alive), nothing, nbss(create(4, 5, EVIL)))).server(nbss(created(4, 5))),
    );
    expect(told).toHaveLength(1);
    const first = paths((f) => f.client(join(alive, nothing, nbss(connect(1, ADMIN)))).server(nbss(connected(1, 5))));
    expect(first).toEqual([['tree-connect', '', ADMIN, 0]]);
  });

  it('read every call that one message writes to a pipe', () => {
    const svcctl = join(hexBytes('81bb7a364498f135ad3298f038001003'), le32(2), zeros(20));
    const pdu = (type: number, body: Uint8Array): Uint8Array =>
      join([5, 0, type, 3, 0x10, 0, 0, 0], le16(16 + body.length), le16(0), le32(1), body);
    const bind = pdu(11, join(zeros(8), [1, 0, 0, 0], le16(0), [1, 0], svcctl));
    const calls = list(31, (i) => pdu(0, join(le32(0), le16(0), le16(i < 30 ? 6 : 12))));
    const pipe = (id: number, data: Uint8Array): Uint8Array =>
      smb2(9, { id, tree: 5 }, join(le16(49), le16(112), le32(data.length), zeros(8), le32(7), zeros(28), data));
    const { wire } = inspect(tcp(445), (f) => {
      f.client(nbss(create(3, 5, 'svcctl'))).server(nbss(created(3, 5)));
      f.client(nbss(pipe(4, bind))).client(nbss(pipe(5, join(...calls))));
    });
    expect(
      wire
        .of('dcerpc')
        .filter(({ what }) => what === 'call')
        .map(({ operation }) => operation),
    ).toEqual([...Array<number>(30).fill(6), 12]);
    expect(wire.stage.statistics.refused).toBe(0);
    const far = inspect(tcp(445), (f) => f.client(nbss(pipe(5, join(...list(400, () => calls[0]!))))));
    expect(far.wire.stage.statistics.refused).toBeGreaterThan(0);
  });

  it('tell the end of a long path', () => {
    const long = `temp\\${'.\\'.repeat(400)}evil.exe`;
    const [told] = opens((f) => f.client(nbss(create(4, 5, long))).server(nbss(created(4, 5))));
    expect(told?.[2]).toHaveLength(520);
    expect(told?.[2]).toMatch(/^….*\.\\evil\.exe$/);
    const share = `\\\\${'a'.repeat(600)}.x\\ADMIN$`;
    const [there] = paths((f) => f.client(nbss(connect(1, share))).server(nbss(connected(1, 5))));
    expect(there?.[2]).toMatch(/^…a+\.x\\ADMIN\$$/);
  });

  it('keep the shares of administrators where there are too many, and tell that there are', () => {
    const { wire } = inspect(tcp(445), (f) => {
      f.client(nbss(connect(1, ADMIN))).server(nbss(connected(1, 1000)));
      for (let i = 0; i < 300; i++)
        f.client(nbss(connect(i, `\\\\srv\\${i % 2 ? 's' : 'IPC$'}`))).server(nbss(connected(i, i)));
      f.client(nbss(create(4, 1000, EVIL))).server(nbss(created(4, 1000)));
    });
    expect(wire.of('smb').at(-1)).toMatchObject({ command: 'create', share: ADMIN, path: EVIL });
    expect(wire.stage.statistics.refused).toBe(301 - 256);
  });
});

describe('SMB 1', () => {
  const smb1 = (
    command: number,
    head: { tree?: number; process?: number; response?: boolean },
    chain: Uint8Array,
  ): Uint8Array =>
    nbss(
      join(
        [0xff],
        bytes('SMB'),
        [command],
        le32(0),
        [head.response ? 0x80 : 0],
        le16(0x8000),
        zeros(12),
        le16(head.tree ?? 0),
        le16(head.process ?? 0),
        le16(0),
        le16(1),
        chain,
      ),
    );
  /** A command's words and bytes; the next one stands at `following` from the header. */
  const part = (words: number[], data: Uint8Array, next = 0xff, following = 0): Uint8Array =>
    join([2 + words.length / 2], [next, 0], le16(following), words, le16(data.length), data);
  // The bytes of a tree connect begin with a password of one byte; Unicode stands at even places from the header.
  const share = join([0], utf16('\\\\srv\\ADMIN$\0'));
  const open = (path: string, pad: number): Uint8Array =>
    part(Array<number>(44).fill(0), join(zeros(pad), utf16(`${path}\0`)));
  const connect = (next = 0xff, following = 0): Uint8Array => part([0, 0, 1, 0], share, next, following);
  const answered = part([0, 0], zeros(0));
  const creates = (script: (f: TestFlow) => void): [string, string][] =>
    inspect(tcp(445), script)
      .wire.of('smb')
      .filter(({ command }) => command === 'create')
      .map((m) => [m.share, m.path]);

  it('tells the share that a file is on, also of one connected in the same message', () => {
    const apart = creates((f) =>
      f
        .client(smb1(0x75, {}, connect()))
        .server(smb1(0x75, { tree: 3, response: true }, answered))
        .client(smb1(0xa2, { tree: 3 }, open('evil.exe', 1)))
        .server(smb1(0xa2, { tree: 3, response: true }, answered)),
    );
    expect(apart).toEqual([['\\\\srv\\ADMIN$', 'evil.exe']]);
    const first = connect();
    const following = 32 + first.length;
    const together = creates((f) =>
      f
        .client(smb1(0x75, {}, join(connect(0xa2, following), open('evil.exe', (following + 1) & 1))))
        .server(smb1(0x75, { tree: 3, response: true }, join(part([0, 0], zeros(0), 0xa2, 41), answered))),
    );
    expect(together).toEqual([['\\\\srv\\ADMIN$', 'evil.exe']]);
  });

  it('tells files of two processes apart, whose messages have the same number', () => {
    const told = creates((f) =>
      f
        .client(smb1(0xa2, { process: 1 }, open('evil.exe', 1)))
        .client(smb1(0xa2, { process: 2 }, open('notes.txt', 1))),
    );
    expect(told.map(([, path]) => path)).toEqual(['evil.exe', 'notes.txt']);
  });
});
