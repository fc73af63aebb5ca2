/** Bodies of HTTP: inflated fast where they are whole, as a reader of hostile bytes needs it where not; what nobody asks for is left out. */
import { brotliCompressSync, constants, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../../../src-main/detect/signatures/app/http/encodings.ts';
import { inflate } from '../../../../src-main/detect/signatures/app/http/inflate.ts';
import { unpack } from '../../../../src-main/detect/signatures/app/http/unpack.ts';
import { LIMITS } from '../../../../src-main/detect/signatures/app/limits.ts';
import { openAppFlow } from '../../../../src-main/detect/signatures/app/open.ts';
import type { Transaction } from '../../../../src-main/detect/signatures/app/types.ts';
import { Rng } from '../../../generator/prng.ts';
import { kept, latin, raw } from './made.ts';

const MAX = 1 << 16;

/** Raw DEFLATE with a few bytes around it: whole, cut off, or damaged. */
function input(rng: Rng): { data: Uint8Array; at: number } {
  const letters = rng.int(1, 255);
  const text = Uint8Array.from({ length: rng.int(0, 3000) }, () => rng.int(0, letters));
  const packed = deflateRawSync(text, { level: rng.int(0, 9), strategy: rng.int(0, 4) });
  const at = rng.int(0, 2);
  const data = new Uint8Array(at + packed.length + rng.int(0, 12));
  data.set(packed, at);
  const kind = rng.int(0, 3);
  if (kind === 1) return { data: data.subarray(0, rng.int(at + 1, data.length)), at };
  if (kind === 2) for (let i = 0; i < 3; i++) data[rng.int(at, data.length - 1)] = rng.int(0, 255);
  return { data, at };
}

describe('inflating', () => {
  it('says the same as byte by byte, whole, cut off and damaged, and beyond the ceiling', () => {
    const rng = new Rng(5);
    for (let i = 0; i < 200; i++) {
      const { data, at } = input(rng);
      const max = rng.int(0, 3) === 0 ? rng.int(1, 2000) : MAX;
      const { bytes, used, state } = inflate(data, at, max);
      const told = unpack(data, at, max);
      expect(latin(told.bytes)).toBe(latin(bytes));
      expect([told.used, told.damaged]).toEqual([used, state === 'damaged']);
    }
  });
});

describe('members of gzip', () => {
  const one = (text: string): Buffer => gzipSync(text);

  it('are read one after another, also behind an empty one', () => {
    const { bodies, failed } = decodeBody(Buffer.concat([one(''), one('clean '), one('evil'), raw('junk')]), ['gzip']);
    expect([bodies.map(latin), failed]).toEqual([['clean evil'], false]);
  });

  it('count as far as they can be read', () => {
    const body = Buffer.concat([one('clean '), one('evil'.repeat(9)).fill(0xff, 10)]);
    const { bodies, failed } = decodeBody(body, ['gzip']);
    expect(failed).toBe(true);
    expect(latin(bodies[0]!)).toMatch(/^clean /);
  });

  it('are bounded in number and in what comes out', () => {
    const many = Buffer.concat([...Array.from({ length: 1100 }, () => one('')), one('evil')]);
    expect(decodeBody(many, ['gzip'])).toMatchObject({ failed: true });
    const large = one('x'.repeat(LIMITS.decoded - 3));
    const { bodies, bomb } = decodeBody(Buffer.concat([large, large]), ['gzip']);
    expect([bodies[0]!.length, bomb]).toEqual([LIMITS.decoded, true]);
  });
});

describe('brotli', () => {
  const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

  it('is looked at up to the ceiling, and what is beyond is told', () => {
    for (const size of [LIMITS.decoded + 1, 18 << 20]) {
      const text = Buffer.alloc(size, 'evil');
      const { bodies, failed, bomb } = decodeBody(brotliCompressSync(text, FAST), ['br']);
      expect(Buffer.compare(bodies[0]!, text.subarray(0, LIMITS.decoded))).toBe(0);
      expect([failed, bomb]).toEqual([true, true]);
    }
    const whole = decodeBody(brotliCompressSync(Buffer.alloc(LIMITS.decoded), FAST), ['br']);
    expect([whole.bodies[0]!.length, whole.failed]).toEqual([LIMITS.decoded, false]);
    expect(decodeBody(raw('no brotli'), ['br'])).toMatchObject({ failed: true, bomb: false });
  });

  it('that packs badly is looked at as well', () => {
    const rng = new Rng(3);
    const text = Uint8Array.from({ length: 3 * LIMITS.decoded }, () => rng.int(0, 255));
    const { bodies, bomb } = decodeBody(brotliCompressSync(text, FAST), ['br']);
    expect([Buffer.compare(bodies[0]!, text.subarray(0, LIMITS.decoded)), bomb]).toEqual([0, false]);
  });
});

/** The transactions of a request with a body and its answer. */
function told(asks?: (name: string) => boolean): Transaction[] {
  const transactions: Transaction[] = [];
  const flow = openAppFlow(
    { transport: 'tcp', serverPort: 80, clientPort: 40_000, ...(asks ? { asks, hears: () => false } : {}) },
    { transaction: (one) => transactions.push(kept(one)), event: () => {}, protocol: () => {} },
  );
  flow.data(0, raw('POST /a?b HTTP/1.1\r\nHost: one\r\nCookie: c=d\r\nContent-Length: 3\r\n\r\nxyz'));
  flow.data(1, raw('HTTP/1.1 200 OK\r\nServer: two\r\nContent-Length: 2\r\n\r\nok'));
  flow.end(0);
  flow.end(1);
  return transactions;
}

describe('a transaction of HTTP', () => {
  it('holds what rules ask for and nothing else, each as it is where all is asked for', () => {
    const all = told();
    const names = [...new Set(all.flatMap(({ buffers, numbers }) => [...buffers.keys(), ...numbers.keys()]))];
    expect(names).toContain('http.header');
    expect(names).toContain('filesize');
    for (const name of names) {
      const some = told((one) => one === name);
      expect(some.length).toBe(all.length);
      some.forEach(({ buffers, numbers }, i) => {
        expect([...buffers.keys(), ...numbers.keys()].every((one) => one === name)).toBe(true);
        expect(buffers.get(name)?.map(latin)).toEqual(all[i]!.buffers.get(name)?.map(latin));
        expect(numbers.get(name)).toEqual(all[i]!.numbers.get(name));
      });
    }
  });
});
