/** What the desk believes of what a worker published: nothing that is not as it should be, and never a crash. */
import { describe, expect, it } from 'vitest';
import { readRecord } from '../../../src-main/run/fleet/follow/record.ts';
import { readWorker } from '../../../src-main/run/fleet/follow/worker-record.ts';
import { standing, told, workerHealth } from './desk-kit.ts';
import { splitmix } from './wire-prng.ts';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('a record of an incident', () => {
  it('is an incident with its sensors', () => {
    const { incident } = readRecord(bytes(told('u1', ['berlin', 'paris'], { state: 'update' })));
    expect(incident).toMatchObject({ event: 'incident', uid: 'u1', state: 'update', sensors: ['berlin', 'paris'] });
    expect(incident).not.toHaveProperty('schema');
    expect(incident).not.toHaveProperty('withdrawn');
  });

  it('keeps what explains it and that it was withdrawn, and nothing that nobody knows', () => {
    const explanation = { base: 1, surprise: 2, score: 0.9, rest: 0 };
    const { incident } = readRecord(bytes({ ...told('u1', []), explanation, withdrawn: true, extra: 'x' }));
    expect(incident).toMatchObject({ explanation, withdrawn: true });
    expect(incident).not.toHaveProperty('extra');
  });

  it('loses what would move a cursor, and nothing else', () => {
    const { incident } = readRecord(bytes(told('u1', [], { title: 'a\u001b[2Jb\u0007', summary: 'one\ntwo' })));
    expect(incident).toMatchObject({ title: 'a\ufffd[2Jb\ufffd', summary: 'one\ntwo' });
  });

  it.each([
    ['no JSON', Buffer.from('{"schema":'), 'no-json'],
    ['a deep list', Buffer.from('['.repeat(400_000)), 'too-deep'],
    ['nothing', Buffer.alloc(0), 'no-json'],
    ['too much', Buffer.alloc((1 << 20) + 1, 32), 'too-large'],
    ['null', bytes(null), 'no-incident'],
    ['another schema', bytes({ ...told('u', []), schema: 'sonde.fleet-incident/2' }), 'no-incident'],
    ['a kind that is none', bytes({ ...told('u', []), kind: '__proto__' }), 'no-incident'],
    ['a uid that is a path', bytes(told('../../x', [])), 'no-incident'],
    ['a sensor that is no name', bytes(told('u', ['<b>'])), 'no-incident'],
    ['a time that is none', bytes(told('u', [], { firstTs: 'yesterday' })), 'no-incident'],
    ['a negative count', bytes(told('u', [], { flows: -1 })), 'no-incident'],
    ['a source that is no address', bytes(told('u', [], { sources: ['10.0.0.1', '<script>'] })), 'no-incident'],
    ['a target that is a name', bytes(told('u', [], { targets: ['localhost'] })), 'no-incident'],
    ['a count that no machine reaches', bytes(told('u', [], { bytes: 1e308 })), 'no-incident'],
    ['half a flow', bytes(told('u', [], { flows: 1.5 })), 'no-incident'],
    ['a port that is none', bytes(told('u', [], { ports: [70_000] })), 'no-incident'],
    ['a confidence above one', bytes(told('u', [], { confidence: 2 })), 'no-incident'],
    ['a figure that is none', bytes(told('u', [], { detectors: { x: 1e308 } })), 'no-incident'],
    ['a day that is none', bytes(told('u', [], { lastTs: '2026-99-21T08:40:00.000000000Z' })), 'no-incident'],
    ['addresses that are no list', bytes({ ...told('u', []), sources: 'all' }), 'no-incident'],
  ] as const)('is refused where it is %s', (_, body, fault) => {
    expect(readRecord(body)).toEqual({ fault });
  });

  it('never throws, whatever becomes of its bytes', () => {
    const next = splitmix(7);
    const sound = bytes(told('u1', ['berlin'], { attributions: [], evidence: [] }));
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const body = Buffer.from(sound);
      for (let n = 0; n < 1 + (i % 4); n++) body[next(body.length)] = next(256);
      const read = readRecord(i % 3 === 0 ? body.subarray(0, next(body.length)) : body);
      if (read.fault) refused++;
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

describe('what a worker says of itself', () => {
  it('is taken where it is whole and its own', () => {
    const one = workerHealth('w1', { refused: { 'bad-signature': 3 } });
    expect(readWorker('w1', bytes(one))).toEqual(one);
    expect(readWorker('w1', bytes({ ...one, standby: true }))?.standby).toBe(true);
    expect(readWorker('w2', bytes(one))).toBeUndefined();
  });

  it.each([
    Buffer.from('x'),
    bytes({}),
    bytes(workerHealth('w1', { model: 'x' })),
    bytes({ ...workerHealth('w1'), sensors: [{ name: 'a' }] }),
    bytes({ ...workerHealth('w1'), refused: { sense: 1 } }),
    bytes(workerHealth('w1', { now: 1e308 })),
    bytes(workerHealth('w1', { now: -1 })),
    bytes(workerHealth('w1', { counts: { flows: 1e308, events: 0, packets: 0 } })),
    bytes(workerHealth('w1', { sensors: [standing('berlin', { until: 1e300 })] })),
    Buffer.from('{"a":'.repeat(100_000)),
  ])('is refused else: %#', (body) => {
    expect(readWorker('w1', body)).toBeUndefined();
  });
});
