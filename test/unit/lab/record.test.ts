import { describe, expect, it } from 'vitest';
import { scoreRecord, warmUp, type RecordVerdict } from '../../../src-main/detect/lab/record.ts';
import { impossible } from '../../../src-main/detect/lab/record-checks.ts';
import { COLUMNS, trained } from './lab-records.ts';

const { model } = await trained();
const SCAN = { proto: 'tcp', conn_state: 'S0', orig_pkts: 1, orig_bytes: 0, duration: '-' };
const CALM = { proto: 'tcp', conn_state: 'SF', orig_pkts: 20, orig_bytes: 4000, duration: 12 };

describe('a single record', () => {
  it('has a verdict, reasons and the nearest known records', () => {
    const found = scoreRecord(model, SCAN);
    expect(found).toMatchObject({ verdict: 'anomalous', certainty: 1, unknown: [], unused: [], impossible: [] });
    expect(found.score).toBeGreaterThan(found.threshold);
    expect(found.reasons.length).toBeGreaterThan(0);
    expect(found.reasons.map(({ text }) => text)).toContain('connection: no answer (usual: complete)');
    expect(found.nearest).toHaveLength(5);
    expect(found.nearest.every(({ attack, kind, distance }) => attack && kind !== 'flood' && distance < 1e-6)).toBe(
      true,
    );
    expect(scoreRecord(model, CALM)).toMatchObject({ verdict: 'ordinary', certainty: 0 });
  });

  it('is scored as in a file when all is known', () => {
    const { known } = model;
    const record = Object.fromEntries(
      known.columns.map(({ spec, numbers, codes, words }) => [
        spec.name,
        spec.kind === 'categorical' ? words[codes[3]!] : Number.isNaN(numbers[3]!) ? '-' : numbers[3],
      ]),
    );
    expect(scoreRecord(model, record).raw).toBe(model.score(known).raw[3]);
  });

  it('takes what is unknown from training records, and never for zero', () => {
    const partly = scoreRecord(model, { proto: 'tcp', conn_state: 'SF' });
    expect(partly.unknown).toEqual(['orig_pkts', 'orig_bytes', 'duration']);
    // Zero packets would be a scan's; among what SF goes with, most is ordinary.
    const asZero = scoreRecord(model, { proto: 'tcp', conn_state: 'SF', orig_pkts: 0, orig_bytes: 0, duration: 0 });
    expect(partly.raw).not.toBeCloseTo(asZero.raw, 3);
    expect(partly.certainty).toBeGreaterThan(0);
    expect(partly.certainty).toBeLessThan(1);
    expect(scoreRecord(model, { proto: 'tcp', conn_state: 'SF', orig_pkts: null, orig_bytes: '' })).toEqual(partly);
  });

  it('gives no reason of what is unknown', () => {
    const { reasons } = scoreRecord(model, { conn_state: 'S0' });
    expect(reasons.map(({ column }) => column)).toEqual(['conn_state']);
  });

  it('names what it does not use, and refuses what is no value', () => {
    expect(scoreRecord(model, { ...SCAN, dst_port: 80, colour: 'red' }).unused).toEqual(['dst_port', 'colour']);
    expect(() => scoreRecord(model, { orig_pkts: 'many' })).toThrow('orig_pkts: is not a number');
    expect(() => scoreRecord(model, { orig_pkts: Infinity })).toThrow('orig_pkts: is not a number');
    for (const orig_pkts of ['0x10', ' 0x10', '0b1', '0o7', 1e308, '1e308', NaN]) {
      expect(() => scoreRecord(model, { orig_pkts })).toThrow('orig_pkts: is not a number');
    }
    expect(scoreRecord(model, { orig_pkts: ' 1e1 ' })).toEqual(scoreRecord(model, { orig_pkts: 10 }));
    expect(scoreRecord(model, { orig_pkts: '0e1' })).toEqual(scoreRecord(model, { orig_pkts: 0 }));
    expect(() => scoreRecord(model, { proto: {} })).toThrow('proto: is not a number or a word');
    expect(() => scoreRecord(model, { proto: 'x'.repeat(300) })).toThrow('longer than 256');
    expect(() => scoreRecord(model, { colour: 'red' })).toThrow('nothing is known that the model goes by');
    expect(() => scoreRecord(model, { toString: 1 })).toThrow('nothing is known');
  });

  it('takes less than a tenth of a second, partly known', () => {
    warmUp(model);
    const from = performance.now();
    let found: RecordVerdict | undefined;
    for (let i = 0; i < 5; i++) found = scoreRecord(model, { proto: 'udp', orig_pkts: i });
    expect(found).toBeDefined();
    expect((performance.now() - from) / 5).toBeLessThan(100);
  });
});

describe('what cannot be', () => {
  const said = (values: Record<string, number | string>): string[] =>
    impossible(new Map(Object.entries(values)), COLUMNS).map(({ message }) => message);

  it.each([
    [{ proto: 'icmp', flag: 'SYN' }, 'ICMP has no flags: flag SYN belongs to TCP'],
    [{ protocol_type: 'icmp', flag: 'REJ' }, 'ICMP has no flags: flag REJ belongs to TCP'],
    [{ proto: 'udp', conn_state: 'RSTO' }, 'UDP has no flags: conn_state RSTO belongs to TCP'],
    [{ Protocol: 1, 'SYN Flag Count': 2 }, 'ICMP has no flags: SYN Flag Count is of TCP'],
    [{ protocol: 'icmp', syn_share: 0.5 }, 'ICMP has no flags: syn_share is of TCP'],
    [{ protocol: 'ICMP', destination_port: 443 }, 'ICMP has no ports: destination_port is 443'],
    [{ proto: 'icmp', 'id.resp_p': 443 }, 'ICMP has no ports, and types and codes end at 255: id.resp_p is 443'],
    [{ protocol_type: 'icmp', service: 'http' }, 'ICMP carries no http'],
    [{ orig_bytes: 100, orig_pkts: 0 }, 'orig_bytes is 100, but there is no packet'],
    [{ sbytes: 1e6, spkts: 2 }, 'sbytes is 1000000: more than 2 packets can carry (65535 bytes each)'],
    [{ conn_state: 'S0', resp_bytes: 10 }, 'conn_state S0 says that nothing came back, and resp_bytes is 10'],
    [{ dur: -1 }, 'dur is below zero'],
    [{ dst_port: 70000 }, 'dst_port is 70000: it goes from 0 to 65535'],
  ])('%j is pointed out', (values: Record<string, number | string>, message) => {
    expect(said(values)).toContain(message);
  });

  it.each([
    { proto: 'tcp', flag: 'SYN', dst_port: 443 },
    { proto: 'icmp', 'id.orig_p': 8, 'id.resp_p': 0, conn_state: 'OTH' },
    { protocol_type: 'icmp', flag: 'SF', service: 'eco_i' },
    { proto: 'udp', conn_state: 'S0', resp_bytes: 0 },
    { orig_bytes: 0, orig_pkts: 0 },
    { orig_bytes: 100 },
    { 'SYN Flag Count': 2 },
  ])('%j may be', (values: Record<string, number | string>) => {
    expect(said(values)).toEqual([]);
  });
});
