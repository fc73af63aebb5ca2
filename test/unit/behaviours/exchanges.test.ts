import { describe, expect, it } from 'vitest';
import { Exchanges } from '../../../src-main/detect/behaviours/common/exchanges.ts';
import { HttpLogin } from '../../../src-main/detect/behaviours/http-login.ts';
import type { HttpMessage } from '../../../src-main/meter/protocols/types.ts';
import { times } from './harness.ts';
import { Bench, type Given } from './message-bench.ts';

const ENDS = { from: '10.0.0.5', to: '10.0.0.9', at: 1 } as const;
const bench = (): Bench => new Bench(new HttpLogin());
const http = (given: Partial<Given<'http'>>): HttpMessage =>
  bench().message('http', { ...ENDS, ...given }) as HttpMessage;
const request = (flow = 1): HttpMessage => http({ flow, method: 'GET', fromOrig: true });
const answer = (status: number, flow = 1, fromOrig = false): HttpMessage =>
  http({ flow, method: '', status, fromOrig });

describe('exchanges of HTTP', () => {
  it('give answers to the requests of their connection, in order', () => {
    const exchanges = new Exchanges<string>();
    for (const value of ['a', undefined, 'c']) exchanges.ask(request(), value);
    exchanges.ask(request(2), 'other');
    expect([200, 404, 401, 200].map((status) => exchanges.answered(answer(status)))).toEqual([
      'a',
      undefined,
      'c',
      undefined,
    ]);
    expect(exchanges.answered(answer(200, 2))).toBe('other');
  });

  it('take neither what is preliminary nor what the asking side says itself for an answer', () => {
    const exchanges = new Exchanges<string>();
    exchanges.ask(request(), 'a');
    expect(exchanges.answered(answer(100))).toBeUndefined();
    expect(exchanges.answered(answer(200, 1, true))).toBeUndefined();
    expect(exchanges.answered(answer(200))).toBe('a');
  });

  it('hold a bounded number of requests that wait', () => {
    const exchanges = new Exchanges<number>();
    for (let i = 0; i < 1000; i++) exchanges.ask(request(), i);
    const answered = times(1000, () => exchanges.answered(answer(200))).filter((value) => value !== undefined);
    expect(answered).toEqual(times(64, (i) => i));
  });
});

describe('guessing at web logins', () => {
  /** Sixty tries over one connection, each with what `beside` says of it. */
  function guessed(beside: (say: (given: Partial<Given<'http'>>) => HttpMessage) => HttpMessage[]): number {
    const seen = bench();
    const say = (given: Partial<Given<'http'>>): HttpMessage =>
      seen.message('http', { ...ENDS, flow: 1, ...given }) as HttpMessage;
    const tries = times(60, (i) => [
      say({ at: i, method: 'GET', uri: '/admin', authorization: 'basic', fromOrig: true }),
      ...beside(say),
      say({ at: i, method: '', status: 401, fromOrig: false }),
    ]);
    return seen.see(...tries.flat()).length;
  }

  it('is told although each try is followed by a request without credentials, or by an answer of the guesser', () => {
    expect(guessed(() => [])).toBe(1);
    expect(
      guessed((say) => [
        say({ method: 'GET', uri: '/', fromOrig: true }),
        say({ method: '', status: 401, fromOrig: false }),
      ]),
    ).toBe(1);
    expect(guessed((say) => [say({ method: '', status: 200, fromOrig: true })])).toBe(1);
  });
});
