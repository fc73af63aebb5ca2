/** What is passed over in haste says the same as what is looked at one by one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../generator/prng.ts';
import { summary, tell, unhex, type Conversation } from './app/made.ts';
import { answer, chunks, TLS } from './app/samples.ts';
import { alerts, run, rulesOf, Talk } from './talk.ts';

const record = (type: number, body: string): string =>
  `${String.fromCharCode(type)}\x03\x03${unhex(body.length.toString(16).padStart(4, '0'))}${body}`;
const data = (length: number): string => record(23, 'x'.repeat(length));

/** Says the same however its bytes come divided. */
function evenly(conversation: Conversation): void {
  const rng = new Rng(1);
  const whole = summary(tell(conversation));
  for (const most of [1, 7, 60, 700, 3000])
    for (let i = 0; i < 3; i++)
      expect(summary(tell(conversation, () => rng.int(1, most))), String(most)).toEqual(whole);
}

describe('bytes that are passed over', () => {
  it('are encrypted records up to what is none', () => {
    const many = data(500) + data(5) + record(22, 'finished') + record(21, '\x02\x28') + data(0) + data(1400);
    for (const end of [
      '',
      data(900).slice(0, 400),
      '\x17\x02\x03\0\x01x',
      '\x17\x03\x03\xff\xff',
      '\x63\x03\x03\0\x01',
      '\x15\x03',
    ])
      evenly({ ...TLS, steps: [...TLS.steps, [0, many], [0, many + end], [1, many], [0, data(10)]] });
    const broken = tell({ ...TLS, steps: [...TLS.steps, [0, `${many}\x63\x03\x03\0\x01x`]] });
    expect(broken.events).toContain('0 tls.invalid_record_type');
  });

  it('are bodies of answers, and what follows them', () => {
    const body = 'abcdefgh'.repeat(400);
    const next = 'HTTP/1.1 204 None\r\n\r\n';
    evenly(answer(`Content-Length: ${body.length}\r\n`, body + next));
    evenly(answer(`Content-Length: ${body.length - 5}\r\n`, body));
    evenly(answer('Transfer-Encoding: chunked\r\n', chunks(body + 'x'.repeat(2000)) + next));
    evenly(answer('Connection: close\r\n', body));
  });
});

describe('packets that carry nothing', () => {
  const texts = [
    'alert tcp any any -> any any (flow:established,to_server; content:"needle"; sid:1;)',
    'alert tcp any any -> any any (flow:established,to_client; content:"{"; depth:1; content:"answer"; sid:2;)',
    'alert http any any -> any any (http.response_body; content:"hidden"; sid:3;)',
    'alert tcp any any -> any any (flow:to_server; stream_size:both,>,10; content:"last"; sid:4;)',
  ];
  const own = rulesOf(...texts);
  /** With a rule about packets of any kind none is passed over. */
  const slow = rulesOf(...texts, 'alert tcp any any -> any any (flags:A; sid:9;)');

  it('are told of where a rule asks for them', () => {
    const { frames } = new Talk().open().up('needle').close();
    expect(alerts('alert tcp any any -> any any (flags:A; sid:9;)', frames)).toEqual({ 9: 2 });
  });

  it('end a stretch of a stream where the other side says that it came', () => {
    const rule = 'alert tcp any any -> any any (flow:to_server; content:"ab"; depth:2; sid:1;)';
    const begun = (): Talk => new Talk().open().up('GET / HTTP/1.1\r\n\r\n').up('x');
    expect(alerts(rule, begun().quiet('down').up('a').up('b').close().frames)).toEqual({ 1: 1 });
    expect(alerts(rule, begun().up('a').up('b').close().frames)).toEqual({});
  });

  it('change nothing that other rules say', () => {
    const step = fc.tuple(
      fc.constantFrom('up', 'down', 'quiet'),
      fc.constantFrom(
        'needle',
        '{"answer"}',
        'last',
        'GET / HTTP/1.1\r\n\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden',
        'x'.repeat(600),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.boolean(), (steps, closes) => {
        const talk = new Talk().open();
        for (const [side, text] of steps) {
          if (side === 'up') talk.up(text);
          else if (side === 'down') talk.down(text);
          else talk.quiet();
        }
        const { frames } = closes ? talk.close() : talk;
        for (const batch of [2, frames.length]) {
          const told = run(slow, frames, 0.01, batch).signatures.filter(({ sid }) => sid !== 9);
          expect(run(own, frames, 0.01, batch).signatures).toEqual(told);
        }
      }),
      { numRuns: 25, seed: 8 },
    );
  });
});
