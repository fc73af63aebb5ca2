/** What every transport promises, as tests: the one in memory and the one over Redis pass the same. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { compareOffsets } from '../../../src-main/run/fleet/names.ts';
import { BEGINNING, type Lease, type Transport } from '../../../src-main/run/fleet/types.ts';

const SLOW = 60_000;
const bytes = (text: string): Buffer => Buffer.from(text);
const textOf = (body: Uint8Array | undefined): string | undefined => body && Buffer.from(body).toString();
const ANY = Buffer.from([0, 255, 10, 13, 128, 0]);

async function taken(lease: Promise<Lease | undefined>): Promise<Lease> {
  const found = await lease;
  expect(found).toBeDefined();
  return found!;
}

/** @param open gives a new member of the same fleet. */
export function promises(open: () => Promise<Transport>): void {
  let names = 0;
  const name = (): string => `t${process.pid}-${++names}`;

  it('keeps entries in order, and gives them after an offset', async () => {
    const [a, b] = [await open(), await open()];
    const stream = name();
    expect(await a.ends(stream)).toEqual({ length: 0, first: '0', last: '0' });
    const offsets = await a.publish(stream, [bytes('1'), ANY, bytes('3')], 1000);
    expect(offsets).toHaveLength(3);
    expect(offsets.toSorted(compareOffsets)).toEqual(offsets);
    const all = await b.read(new Map([[stream, BEGINNING]]), { most: 100, waitMs: 0 });
    expect(all.map(({ body }) => [...body])).toEqual([[...bytes('1')], [...ANY], [...bytes('3')]]);
    expect(all.map(({ offset }) => offset)).toEqual(offsets);
    const later = await b.read(new Map([[stream, offsets[1]!]]), { most: 100, waitMs: 0 });
    expect(later.map(({ body, stream: of }) => [textOf(body), of])).toEqual([['3', stream]]);
    expect(await b.ends(stream)).toEqual({ length: 3, first: offsets[0], last: offsets[2] });
    expect(textOf((await b.last(stream))?.body)).toBe('3');
    expect(await b.last(name())).toBeUndefined();
  });

  it(
    'gives what comes while somebody waits, and nothing when nothing comes',
    async () => {
      const [a, b] = [await open(), await open()];
      const [one, two] = [name(), name()];
      const from = new Map([one, two].map((stream) => [stream, BEGINNING]));
      const waiting = b.read(from, { most: 10, waitMs: 20_000 });
      await wait(50);
      await a.publish(two, [bytes('x')], 10);
      expect((await waiting).map(({ stream }) => stream)).toEqual([two]);
      expect(await b.read(new Map([[one, BEGINNING]]), { most: 10, waitMs: 30 })).toEqual([]);
      const stop = new AbortController();
      const stopped = b.read(new Map([[one, BEGINNING]]), { most: 10, waitMs: 20_000, signal: stop.signal });
      stop.abort();
      expect(await stopped).toEqual([]);
    },
    SLOW,
  );

  it('trims a stream before an offset, and lets the oldest go beyond what it keeps', async () => {
    const transport = await open();
    const stream = name();
    const offsets = await transport.publish(stream, ['a', 'b', 'c', 'd'].map(bytes), 1000);
    expect(await transport.trim(stream, offsets[2]!)).toBe(2);
    expect((await transport.ends(stream)).first).toBe(offsets[2]);
    const other = name();
    for (let i = 0; i < 5; i++)
      await transport.publish(
        other,
        Array.from({ length: 100 }, () => bytes('x')),
        100,
      );
    const { length } = await transport.ends(other);
    expect(length).toBeGreaterThanOrEqual(100);
    expect(length).toBeLessThan(400);
  });

  it(
    'gives a role to one at a time, and to another when its time is over',
    async () => {
      const [a, b] = [await open(), await open()];
      const role = name();
      const first = await taken(a.takeLease(role, 'a', 10_000));
      expect(await b.takeLease(role, 'b', 10_000)).toBeUndefined();
      expect(await b.holderOf(role)).toBe('a');
      expect(await a.renewLease(first, 10_000)).toBe(true);
      // Who asks again holds it anew; what was held before counts no more.
      const again = await taken(a.takeLease(role, 'a', 300));
      expect(again.fence).toBeGreaterThan(first.fence);
      expect(await a.renewLease(first, 10_000)).toBe(false);
      await wait(400);
      expect(await b.holderOf(role)).toBeUndefined();
      const next = await taken(b.takeLease(role, 'b', 10_000));
      expect(next.fence).toBeGreaterThan(again.fence);
      expect(await a.renewLease(again, 10_000)).toBe(false);
      // Nobody gives back what is another's.
      await a.releaseLease(again);
      expect(await a.holderOf(role)).toBe('b');
      await b.releaseLease(next);
      expect(await a.holderOf(role)).toBeUndefined();
    },
    SLOW,
  );

  it(
    'gives a role to one of many who ask at once',
    async () => {
      const members = await Promise.all(Array.from({ length: 5 }, open));
      const role = name();
      const all = await Promise.all(members.map((member, i) => member.takeLease(role, `m${i}`, 10_000)));
      expect(all.filter((lease) => lease !== undefined)).toHaveLength(1);
    },
    SLOW,
  );

  it(
    'writes state, offsets, entries and fields together, and only for who holds the role',
    async () => {
      const [a, b] = [await open(), await open()];
      const [role, stream, table] = [name(), name(), name()];
      expect(await a.load(role)).toEqual({ state: undefined, offsets: new Map() });
      const first = await taken(a.takeLease(role, 'a', 10_000));
      const append = [{ stream, body: bytes('incident'), most: 10 }];
      const fields = [{ table, field: 'uid', body: ANY }];
      const offsets = new Map([
        ['s', '5-0'],
        ['t', '1-1'],
      ]);
      expect(await a.commit(first, { state: bytes('one'), offsets, append, fields })).toBe(true);
      expect(await a.commit(first, { offsets: new Map([['s', '6-0']]) })).toBe(true);
      await a.releaseLease(first);
      const second = await taken(b.takeLease(role, 'b', 10_000));
      expect(await a.commit(first, { state: bytes('old'), offsets: new Map([['s', '9-0']]), append, fields })).toBe(
        false,
      );
      const saved = await b.load(role);
      expect(textOf(saved.state)).toBe('one');
      expect(saved.offsets).toEqual(
        new Map([
          ['s', '6-0'],
          ['t', '1-1'],
        ]),
      );
      expect((await b.ends(stream)).length).toBe(1);
      expect([...(await b.fields(table))].map(([field, body]) => [field, [...body]])).toEqual([['uid', [...ANY]]]);
      const large = Buffer.alloc(9 << 20, 'x');
      large.writeUInt32LE(12_345, 7 << 20);
      const gone = [{ table, field: 'uid', body: undefined }];
      expect(await b.commit(second, { state: large, offsets: new Map(), fields: gone })).toBe(true);
      expect(Buffer.compare(Buffer.from((await a.load(role)).state!), large)).toBe(0);
      expect((await a.fields(table)).size).toBe(0);
      expect(await b.commit(second, { state: bytes('small'), offsets: new Map() })).toBe(true);
      expect(textOf((await a.load(role)).state)).toBe('small');
    },
    SLOW,
  );

  it(
    'keeps small values, for a while where a while is given, and large ones by their content',
    async () => {
      const [a, b] = [await open(), await open()];
      const [key, table] = [name(), name()];
      await a.put(key, ANY);
      expect([...(await b.get(key))!]).toEqual([...ANY]);
      await a.drop(key);
      expect(await b.get(key)).toBeUndefined();
      await a.put(key, bytes('short'), 100);
      expect(textOf(await b.get(key))).toBe('short');
      await wait(200);
      expect(await b.get(key)).toBeUndefined();
      await a.putField(table, 'f', bytes('1'));
      await b.putField(table, 'g', bytes('2'));
      await a.dropField(table, 'f');
      expect([...(await a.fields(table)).keys()]).toEqual(['g']);
      expect([await b.fieldCount(table), await b.fieldCount(name())]).toEqual([1, 0]);
      const model = Buffer.alloc(3 << 20, 'm');
      const hash = await a.putBlob(model);
      expect(hash).toMatch(/^[\da-f]{64}$/);
      expect(Buffer.from((await b.getBlob(hash))!).equals(model)).toBe(true);
      expect(await b.getBlob('0'.repeat(64))).toBeUndefined();
    },
    SLOW,
  );

  it(
    'asks a service, which answers in chunks',
    async () => {
      const [a, b] = [await open(), await open()];
      const service = name();
      const stop = new AbortController();
      const serving = b.serve(
        service,
        async function* answer(request) {
          yield bytes('you said ');
          await wait(10);
          yield Buffer.from(request);
        },
        stop.signal,
      );
      await wait(300);
      const chunks: string[] = [];
      for await (const chunk of a.ask(service, ANY, 10_000)) chunks.push(Buffer.from(chunk).toString('hex'));
      expect(chunks).toEqual([bytes('you said ').toString('hex'), ANY.toString('hex')]);
      stop.abort();
      await serving;
      await expect(a.ask(name(), ANY, 100)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'connection-lost',
      });
    },
    SLOW,
  );
}
