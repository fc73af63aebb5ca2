/** Requests for packets and their answers: what is sound comes back, and everything else is refused with its reason. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, AnswerWriter, PIECE } from '../../../src-main/run/fleet/packets/answer.ts';
import { AskReader, FRESH_MS, sealAsk, type PacketsAsk } from '../../../src-main/run/fleet/packets/ask.ts';
import { wantedOf } from '../../../src-main/run/fleet/packets/wanted.ts';
import { WireError } from '../../../src-main/run/fleet/wire/error.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { told } from './desk-kit.ts';

const NOW = 1_790_000_000_000;
const [desk, stranger, sensor] = [0, 1, 2].map(() => generateKeyPairSync('ed25519')) as [Pair, Pair, Pair];
type Pair = ReturnType<typeof generateKeyPairSync>;

const ASK: Omit<PacketsAsk, 'schema' | 'desk'> = {
  sensor: 'attic',
  at: NOW,
  nonce: 'ab'.repeat(16),
  from: 1_789_999_000,
  to: 1_789_999_900,
  sources: ['10.0.0.1', '2001:db8::1'],
  targets: ['192.0.2.7'],
  ports: [22, 443],
  arp: false,
  cards: [],
  packets: 1000,
  bytes: 1 << 20,
};

function reader(now = NOW): AskReader {
  const known = new Map([[publicText(desk.privateKey), { name: 'main', key: desk.publicKey }]]);
  return new AskReader('attic', known, () => now);
}

/** Signed by a desk that is known, whatever it says. */
function signed(json: Buffer): Buffer {
  const purpose = Buffer.from('sonde.packets-ask/1\0', 'latin1');
  return Buffer.concat([sign(null, Buffer.concat([purpose, json]), desk.privateKey), json]);
}

describe('a request for packets', () => {
  it('is read once, with the name of who asks', () => {
    const open = reader();
    const sealed = sealAsk(ASK, desk.privateKey);
    expect(open.read(sealed)).toMatchObject({ ask: ASK, desk: 'main' });
    expect(open.read(sealed)).toEqual({ fault: 'repeated' });
    expect(open.read(sealAsk({ ...ASK, nonce: 'cd'.repeat(16) }, desk.privateKey))).toHaveProperty('ask');
  });

  it('is refused from others, for others, changed, or of another time', () => {
    const sealed = sealAsk(ASK, desk.privateKey);
    expect(reader().read(sealAsk(ASK, stranger.privateKey))).toEqual({ fault: 'unknown-desk' });
    expect(reader().read(sealAsk({ ...ASK, sensor: 'cellar' }, desk.privateKey))).toEqual({ fault: 'other-sensor' });
    expect(reader(NOW + FRESH_MS + 1).read(sealed)).toEqual({ fault: 'stale' });
    expect(reader(NOW - FRESH_MS - 1).read(sealed)).toEqual({ fault: 'stale' });
    expect(reader(NOW + FRESH_MS).read(sealed)).toHaveProperty('ask');
    const changed = Buffer.from(sealed.toString('latin1').replace('192.0.2.7', '192.0.2.8'), 'latin1');
    expect(reader().read(changed)).toEqual({ fault: 'bad-signature' });
    // In the name of a desk that is known, signed by another.
    const forged = Buffer.concat([sealAsk(ASK, stranger.privateKey).subarray(0, 64), sealed.subarray(64)]);
    expect(reader().read(forged)).toEqual({ fault: 'bad-signature' });
  });

  it('that was refused does not keep a sound one from being read', () => {
    const open = reader();
    const sealed = sealAsk(ASK, desk.privateKey);
    const forged = Buffer.concat([Buffer.alloc(64), sealed.subarray(64)]);
    expect(open.read(forged)).toEqual({ fault: 'bad-signature' });
    expect(open.read(sealed)).toHaveProperty('ask');
  });

  it.each([
    ['a field too many', { extra: 1 }],
    ['no address', { sources: ['10.0.0.256'] }],
    ['too many addresses', { targets: Array.from({ length: 1001 }, () => '10.0.0.1') }],
    ['a port that is none', { ports: [65_536] }],
    ['a time that is none', { from: 1e300 }],
    ['half a second', { to: 0.5 }],
    ['more bytes than may be', { bytes: 2 ** 40 }],
    ['no packets', { packets: 0 }],
    ['a name of a file', { nonce: '../../../etc/passwd-0123456789ab' }],
    ['a card that is none', { cards: [2 ** 48] }],
  ])('with %s is refused, whoever signed it', (_name, wrong) => {
    const whole = { schema: 'sonde.packets-ask/1', desk: publicText(desk.privateKey), ...ASK, ...wrong };
    expect(reader().read(signed(Buffer.from(JSON.stringify(whole))))).toEqual({ fault: 'not-a-request' });
  });

  it('may be any bytes without harm', () => {
    expect(reader().read(Buffer.alloc((1 << 17) + 1))).toEqual({ fault: 'too-large' });
    const sealed = sealAsk(ASK, desk.privateKey);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(sealed.length), (bytes, at) => {
        expect(reader().read(bytes)).toEqual({ fault: 'not-a-request' });
        expect(reader().read(signed(Buffer.from(bytes)))).toEqual({ fault: 'not-a-request' });
        const cut = sealed.subarray(0, at);
        if (at < sealed.length) expect(reader().read(cut).fault).toBe('not-a-request');
      }),
      { numRuns: 200 },
    );
  });
});

describe('an answer', () => {
  const request = sealAsk(ASK, desk.privateKey);
  const [writer, open] = [
    () => new AnswerWriter(request, sensor.privateKey),
    (most = 1 << 20) => new AnswerReader(request, sensor.publicKey, most),
  ];
  const fault = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
      return (error as WireError).fault;
    }
    return 'none';
  };

  it('comes back piece by piece', () => {
    const [from, to] = [writer(), open()];
    const bytes = randomBytes(1000);
    expect(to.read(from.alive())).toEqual({ kind: 'alive' });
    expect(to.read(from.piece(bytes))).toEqual({ kind: 'piece', bytes });
    const end = { packets: 3, bytes: 1000, more: true };
    expect(to.read(from.end(end))).toEqual({ kind: 'end', end });
    expect(fault(() => to.read(from.alive()))).toBe('bad-order');
    expect(open().read(writer().refused('stale'))).toEqual({ kind: 'refused', why: 'stale' });
  });

  it('is refused where a piece is missing, comes twice, or belongs to another', () => {
    const from = writer();
    const [one, two, three] = [from.piece(Buffer.from('1')), from.piece(Buffer.from('2')), from.alive()];
    const missing = open();
    missing.read(one);
    expect(fault(() => missing.read(three))).toBe('bad-order');
    const twice = open();
    twice.read(one);
    twice.read(two);
    expect(fault(() => twice.read(two))).toBe('bad-order');
    const other = sealAsk({ ...ASK, nonce: 'ef'.repeat(16) }, desk.privateKey);
    const foreign = new AnswerWriter(other, sensor.privateKey).piece(Buffer.from('1'));
    expect(fault(() => open().read(foreign))).toBe('bad-signature');
    const forged = new AnswerWriter(request, stranger.privateKey).piece(Buffer.from('1'));
    expect(fault(() => open().read(forged))).toBe('bad-signature');
  });

  it('is refused where it is larger than was asked for, or ends with less than it says', () => {
    const [from, to] = [writer(), open(1500)];
    to.read(from.piece(Buffer.alloc(1000)));
    expect(fault(() => to.read(from.piece(Buffer.alloc(501))))).toBe('too-large');
    expect(fault(() => open().read(Buffer.alloc(PIECE + 200)))).toBe('too-large');
    expect(fault(() => open().read(writer().end({ packets: 1, bytes: 5, more: false })))).toBe('truncated');
    const odd = { packets: -1, bytes: 0, more: false };
    expect(fault(() => open().read(writer().end(odd)))).toBe('not-a-batch');
    expect(fault(() => open().read(writer().refused('because' as never)))).toBe('out-of-range');
  });

  it('may be any bytes without harm', () => {
    const piece = writer().piece(Buffer.from('some bytes'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(piece.length - 1), (bytes, at) => {
        expect(fault(() => open().read(bytes))).not.toBe('none');
        const changed = Buffer.from(piece);
        changed[at]! ^= 1;
        expect(fault(() => open().read(changed))).toBe('bad-signature');
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is asked for an incident', () => {
  const lists = { sources: ['10.0.0.1'], sourcesTotal: 1, targets: ['10.0.0.2'], targetsTotal: 1 };
  const ports = { ports: [22], portsTotal: 1 };

  it('are its hosts, ports and time', () => {
    const incident = told('a', [], { ...lists, ...ports, flows: 4 });
    expect(wantedOf(incident, null)).toMatchObject({
      sources: ['10.0.0.1'],
      targets: ['10.0.0.2'],
      ports: [22],
      arp: false,
    });
  });

  it('is not narrowed by lists that are not whole', () => {
    const many = told('a', [], { ...lists, targetsTotal: 5000, ports: [1, 2], portsTotal: 900, flows: 4 });
    expect(wantedOf(many, null)).toMatchObject({ sources: ['10.0.0.1'], targets: [], ports: [] });
    const flood = told('a', [], { ...lists, sourcesTotal: 5000, ...ports, flows: 4 });
    expect(wantedOf(flood, null)).toMatchObject({ sources: [], targets: ['10.0.0.2'] });
  });

  it('is ARP, too, where it has no flows, and nothing that is no address', () => {
    const arp = { addresses: [], cards: [0x0a0b0c0d0e0f] };
    const incident = told('a', [], { ...lists, sources: ['10.0.0.1', 'printer'], flows: 0 });
    expect(wantedOf(incident, arp)).toMatchObject({ sources: ['10.0.0.1'], arp: true, cards: [0x0a0b0c0d0e0f] });
  });
});
