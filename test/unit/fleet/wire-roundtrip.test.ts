/** What comes out of a batch is what the meter gave, in every field. */
import { describe, expect, it } from 'vitest';
import { splitmix } from './wire-prng.ts';
import type { Observations } from '../../../src-main/detect/types.ts';
import { ROW_LISTS, type RowList, type Slice } from '../../../src-main/run/fleet/types.ts';
import { decodeBody, encodeBody, slicesOf, type BatchBody } from '../../../src-main/run/fleet/wire/codec.ts';
import { MESSAGE_FIELDS } from '../../../src-main/run/fleet/wire/message-fields.ts';
import { makeRows, TABLES } from '../../../src-main/run/fleet/wire/rows.ts';
import { HOST_COLUMNS } from '../../../src-main/run/fleet/wire/table.ts';
import { openBatch, sealBatch } from '../../../src-main/run/fleet/wire/seal.ts';
import type { ColumnSchema } from '../../../src-main/meter/columns.ts';
import { attacks, gathered, HEAD, KEYS, office } from './wire-batches.ts';

const SLOW = 180_000;
const PAYLOAD = { withPayload: true };

type Loose = Record<string, unknown>;

/** One row of a table as an object, hosts by their addresses. */
function rowOf(schema: ColumnSchema, columns: unknown, row: number, address: (host: number) => string): Loose {
  const all = columns as Record<string, Float64Array>;
  return Object.fromEntries(
    Object.entries(schema).map(([name, type]) => {
      const width = typeof type === 'string' ? 1 : type[1];
      const values = [...all[name]!.subarray(row * width, (row + 1) * width)];
      return [name, HOST_COLUMNS.has(name) ? address(values[0]!) : values];
    }),
  );
}

/** A list's rows with their places, so that parts of a slice can be compared whatever shard they came by. */
function rowsOf(slice: Slice, hosts: Uint32Array, list: RowList): { place: number; row: Loose }[] {
  const address = (host: number): string => [...hosts.subarray(host * 4, host * 4 + 4)].join('.');
  const seen: Observations = slice.observations;
  return Array.from(slice.order[list], (place, row) => {
    if (list === 'messages') {
      const message = seen.messages[row] as unknown as Loose;
      const { der: _der, ...rest } = message;
      const ends = { orig: address(message['orig'] as number), resp: address(message['resp'] as number) };
      return { place, row: { ...rest, ...ends } };
    }
    const meta = list === 'flows' ? { meta: seen.flows.meta[row] } : {};
    return { place, row: { ...rowOf(TABLES[list], seen[list].columns, row, address), ...meta } };
  });
}

/** Everything of some batches, slice by slice. */
function everything(bodies: readonly BatchBody[]): Map<number, Loose> {
  const all = new Map<number, Loose>();
  for (const body of bodies) {
    for (const slice of slicesOf(body)) {
      const facts = { cell: slice.cell, packets: slice.packets, now: slice.observations.now };
      const known = all.get(slice.number) ?? { ...facts, ...Object.fromEntries(ROW_LISTS.map((list) => [list, []])) };
      for (const list of ROW_LISTS) (known[list] as unknown[]).push(...rowsOf(slice, body.hosts, list));
      all.set(slice.number, known);
    }
  }
  for (const slice of all.values()) {
    for (const list of ROW_LISTS) (slice[list] as { place: number }[]).sort((a, b) => a.place - b.place);
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

const again = (body: BatchBody): BatchBody => decodeBody(encodeBody(body, PAYLOAD));

describe('a batch of slices', () => {
  it.each([
    ['an office', () => office(3)],
    ['scans and floods', () => attacks(4, 'port-scan/syn', 'dos-flood/syn', 'host-sweep/arp')],
    ['tunnels and logins', () => attacks(5, 'dns-tunnel', 'icmp-tunnel', 'brute-force/ftp', 'arp-spoofing')],
  ])(
    'of %s comes back in every field',
    async (_name, capture) => {
      const batches = (await gathered(capture(), 1)).flat();
      const before = everything(batches);
      expect(before.size).toBeGreaterThan(50);
      expect(everything(batches.map(again))).toEqual(before);
    },
    SLOW,
  );

  it(
    'is the same put together from its shards, in whatever pieces it was sent',
    async () => {
      const bytes = office(6, { attacks: ['host-sweep'] });
      const whole = everything((await gathered(bytes, 1)).flat());
      const pieces = await gathered(bytes, 5, (gatherer) => gatherer.waiting > 20);
      expect(pieces.length).toBeGreaterThan(20);
      for (const shard of [0, 1, 2, 3, 4]) expect(pieces.some((of) => of[shard]!.rows.flows.count > 0)).toBe(true);
      expect(everything(pieces.flat().map(again))).toEqual(whole);
    },
    SLOW,
  );

  it(
    'puts all rows of a host of ours into one shard',
    async () => {
      const shardOf = new Map<string, Set<number>>();
      for (const of of await gathered(office(7), 4)) {
        for (const [shard, { hosts, rows }] of of.entries()) {
          for (const host of rows.windows.columns.host.subarray(0, rows.windows.count)) {
            const address = hosts.subarray(host * 4, host * 4 + 4).join('.');
            shardOf.set(address, (shardOf.get(address) ?? new Set()).add(shard));
          }
        }
      }
      expect(shardOf.size).toBeGreaterThan(8);
      for (const shards of shardOf.values()) expect(shards.size).toBe(1);
    },
    SLOW,
  );

  it(
    'has nothing of what hosts said to each other, unless it is asked for',
    async () => {
      const quoted = (bodies: readonly BatchBody[]): string[] =>
        bodies.flatMap(({ rows }) =>
          rows.messages.flatMap((message) =>
            message.kind === 'http' ? [message.body] : message.kind === 'payload' ? [message.text] : [],
          ),
        );
      const batches = (
        await gathered(office(8, { attacks: ['intrusion-attempt/web', 'mass-registration/http'] }), 1)
      ).flat();
      expect(quoted(batches).some((text) => text !== '')).toBe(true);
      expect(quoted(batches.map(again))).toEqual(quoted(batches));
      const without = batches.map((body) => decodeBody(encodeBody(body, { withPayload: false })));
      expect(quoted(without)).toEqual(quoted(batches).map(() => ''));
    },
    SLOW,
  );

  it('brings messages of every kind back, with every field', () => {
    const body = randomMessages(400);
    expect(new Set(body.rows.messages.map(({ kind }) => kind)).size).toBe(Object.keys(MESSAGE_FIELDS).length);
    expect(again(body).rows.messages).toEqual(body.rows.messages);
  });

  it('is signed, and says whose it is', async () => {
    const [[body]] = (await gathered(office(9, { hours: 0.01 }), 1)) as [[BatchBody]];
    const sealed = sealBatch(HEAD, body, KEYS.privateKey, PAYLOAD);
    const { slices, hosts, ...head } = openBatch(sealed, (name) => (name === 'berlin' ? KEYS.publicKey : undefined));
    expect(head).toEqual(HEAD);
    expect(hosts).toEqual(body.hosts);
    expect(slices).toHaveLength(body.rows.heads.length);
  });
});

/** Messages of all kinds with made-up fields. */
function randomMessages(count: number): BatchBody {
  const next = splitmix(1);
  const text = (): string => ['', 'a', 'Ünïcode', `name-${next(1000)}`, 'x'.repeat(next(300))][next(5)]!;
  const texts = (): string[] => Array.from({ length: next(4) }, text);
  const value = (type: unknown): unknown => {
    if (typeof type !== 'string') return (type as string[])[next((type as string[]).length)];
    const isAbsent = type.endsWith('?') && next(2) === 0;
    if (isAbsent) return undefined;
    switch (type.replace('?', '')) {
      case 'text':
      case 'payload':
        return text();
      case 'flag':
        return next(2) === 1;
      case 'whole':
        return next(2 ** 31) - 5;
      case 'number':
        return next(1000) / 7;
      case 'texts':
        return texts();
      case 'wholes':
        return Array.from({ length: next(5) }, () => next(300));
      default: {
        const addresses = texts();
        return { addresses, owners: addresses.map(text) };
      }
    }
  };
  const kinds = Object.entries(MESSAGE_FIELDS);
  const messages = Array.from({ length: count }, (_, i) => {
    const [kind, fields] = kinds[i % kinds.length]!;
    const base = { sec: 1000 + i, nano: next(1e9), flow: i - 1, orig: next(3), resp: next(3), respPort: next(65_536) };
    const own = Object.entries(fields)
      .map(([name, type]) => [name, value(type)] as const)
      .filter(([, of]) => of !== undefined);
    return { kind, ...base, fromOrig: next(2) === 1, ...Object.fromEntries(own) };
  });
  const body: BatchBody = { hosts: new Uint32Array(4), rows: makeRows() };
  body.rows.messages = messages as never;
  body.rows.order.messages = messages.map((_, i) => i);
  const rows = { events: 0, messages: count, flows: 0, windows: 0, pulses: 0 };
  body.rows.heads = [{ number: 0, cell: 10, packets: 1, now: 1, cards: 0, rows }];
  return { ...body, hosts: Uint32Array.from([0, 0, 0, 0, 0, 0, 0xffff, 1, 0, 0, 0xffff, 2]) };
}
