import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowJudge, readKnownFlows } from '../../../src-main/detect/lab/flow-record.ts';
import { featuresOf, FLOW_RECORD_COLUMNS, knownOf } from '../../../src-main/detect/lab/flow-values.ts';
import { FEATURE_IDS } from '../../../src-main/detect/lab/features-file.ts';
import { FALSE_ALARM_SHARE, scorerFromState } from '../../../src-main/detect/detectors/triage.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';

const { model } = await loadScoringModel(undefined);
const reference = readFileSync(resourcePath('models', 'reference.csv'), 'utf8');
const known = readKnownFlows(reference, 'reference.csv');
const judge = new FlowJudge(model, known);

const derived = (record: Record<string, unknown>): Record<string, number> => {
  const { values } = featuresOf(knownOf(record));
  return Object.fromEntries(FEATURE_IDS.flatMap((id, f) => (Number.isNaN(values[f]!) ? [] : [[id, values[f]!]])));
};

/** A row of the known flows as a record, whole. */
function recordOf(row: number): Record<string, number | string> {
  return Object.fromEntries(
    FLOW_FEATURES.map((feature, f) => {
      const value = known.data[row * FLOW_FEATURES.length + f]!;
      return [feature.id, feature.kind === 'categorical' ? feature.vocabulary[value]! : value];
    }),
  );
}

describe('what follows from what is known of a flow', () => {
  it('is computed where it follows, and unknown where it does not', () => {
    const found = derived({ protocol: 'udp', 'id.resp_p': 53, service: 'dns', orig_packets: 1, resp_packets: 1 });
    expect(found).toMatchObject({ syn_share: 0, odd_flags: 0, port_class: 1, service_class: 1, orig_gap_mean: 0 });
    expect(Object.keys(found)).not.toContain('orig_bytes');
    expect(Object.keys(found)).not.toContain('packet_rate');
    expect(Object.keys(found)).not.toContain('answered');
  });

  it('has rates and sizes once there are bytes, packets and a duration', () => {
    const flow = { protocol: 'tcp', duration: 2, orig_packets: 3, resp_packets: 2, orig_bytes: 100, resp_bytes: 300 };
    expect(derived(flow)).toMatchObject({ packet_rate: 2, byte_rate: 200, byte_balance: -0.5 });
    expect(derived({ ...flow, orig_bytes: 0 })).toMatchObject({ orig_mean_size: 0, orig_data_share: 0 });
    expect(derived({ protocol: 'udp', orig_packets: 1, orig_bytes: 40, resp_packets: 0 })).toMatchObject({
      orig_mean_size: 40,
      orig_size_sd: 0,
      first_size: 40,
      answered: 0,
      response_time: 0,
      duration: 0,
    });
  });

  it('knows flags of one packet, and which were not seen of many', () => {
    expect(derived({ protocol: 'tcp', conn_state: 'S0', orig_packets: 1 })).toMatchObject({
      syn_share: 1,
      rst_share: 0,
    });
    const many = derived({ protocol: 'tcp', flags: 'SYN ACK PSH', orig_packets: 5, resp_packets: 5 });
    expect(many).toMatchObject({ rst_share: 0, fin_share: 0, urg_share: 0 });
    expect(Object.keys(many)).not.toContain('syn_share');
    const xmas = derived({ protocol: 'tcp', flags: 'FIN PSH URG', orig_packets: 1, resp_packets: 0 });
    expect(xmas).toMatchObject({ odd_flags: 1, fin_share: 1, psh_share: 1, urg_share: 1, syn_share: 0 });
  });

  it('goes behind what was given', () => {
    expect(derived({ protocol: 'tcp', orig_packets: 1, resp_packets: 0, orig_gap_max: 7 })['orig_gap_max']).toBe(7);
    expect(derived({ proto: '17' })['protocol']).toBe(1);
  });

  it('agrees with what was measured, for every flow of the sample that is kept', () => {
    const told = [
      ...['protocol', 'conn_state', 'duration', 'orig_packets', 'resp_packets', 'orig_bytes', 'resp_bytes'],
      'answered',
    ];
    let checked = 0;
    for (let row = 0; row < known.rows; row++) {
      const whole = recordOf(row);
      const found = derived(Object.fromEntries(told.map((name) => [name, whole[name]])));
      for (const [f, feature] of FLOW_FEATURES.entries()) {
        const value = found[feature.id];
        if (value === undefined || feature.kind === 'categorical') continue;
        const measured = known.data[row * FLOW_FEATURES.length + f]!;
        expect(Math.abs(value - measured), `${feature.id} of row ${row}`).toBeLessThanOrEqual(
          1e-4 * (1 + Math.abs(measured)),
        );
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(known.rows * 12);
  });
});

describe('a single flow', () => {
  it('scores as in a file when all is known', () => {
    const { seed } = model.description;
    const scorer = scorerFromState(model, {
      seed,
      mode: 'causal',
      falseAlarmShare: FALSE_ALARM_SHARE,
      flowsSeen: 1000,
      capture: undefined,
    });
    const { surprise, anomalous } = scorer.scoreRows(known.data, known.rows);
    for (const row of [0, 100, known.rows - 1]) {
      const found = judge.score(recordOf(row));
      expect(found.unknown).toEqual([]);
      expect(found.raw).toBeCloseTo(surprise[row]!, 6);
      expect(found.verdict === 'anomalous').toBe(anomalous[row] === 1);
      expect(found.nearest[0]).toMatchObject({ kind: known.kinds[row], distance: 0 });
    }
  });

  it('takes what is unknown from ordinary flows like it, never for zero', () => {
    const web = {
      protocol: 'tcp',
      service: 'ssl',
      conn_state: 'SF',
      'id.resp_p': 443,
      orig_bytes: 1200,
      resp_bytes: 15_000,
    };
    const partly = judge.score(web);
    expect(partly).toMatchObject({ verdict: 'ordinary', certainty: 0, impossible: [] });
    expect(partly.unknown).toContain('src_flows');
    expect(partly.unknown).not.toContain('orig_bytes');
    const zeros = Object.fromEntries(
      partly.unknown.map((id) => [id, 0] as const).filter(([id]) => !id.includes('class')),
    );
    expect(judge.score({ ...web, ...zeros }).raw).toBeGreaterThan(partly.raw + 0.5);
    expect(judge.score({ ...web, duration: '', orig_packets: null })).toEqual(partly);
  });

  it('calls a scan anomalous, with its reasons and its like', () => {
    const probe = { protocol: 'tcp', conn_state: 'S0', orig_packets: 1, 'id.resp_p': 4444 };
    const one = judge.score(probe);
    const many = judge.score({ ...probe, src_ports: 500, src_flows: 600 });
    expect(many.verdict).toBe('anomalous');
    expect(many.raw).toBeGreaterThan(one.raw);
    expect(many.reasons.map(({ column }) => column)).toContain('src_ports');
    expect(many.nearest.map(({ kind }) => kind)).toContain('port-scan');
  });

  it('points out what cannot be', () => {
    const { impossible } = judge.score({ protocol: 'icmp', flags: 'SYN', orig_packets: 3 });
    expect(impossible).toEqual([
      { columns: ['protocol', 'flags'], message: 'ICMP has no flags: flags SYN belongs to TCP' },
    ]);
    expect(judge.score({ protocol: 'tcp', 'id.resp_p': 70_000 }).impossible[0]?.columns).toEqual(['id.resp_p']);
    expect(judge.score({ protocol: 'udp', orig_bytes: 10, orig_packets: 0 }).impossible).toHaveLength(1);
  });

  it('knows the protocol by its flags, which no other has', () => {
    const byFlags = judge.score({ flags: 'SYN', orig_packets: 1, resp_packets: 0 });
    expect(byFlags.unknown).not.toContain('protocol');
    expect(byFlags.score).toBe(judge.score({ protocol: 'tcp', flags: 'SYN', orig_packets: 1, resp_packets: 0 }).score);
    expect(judge.score({ flags: 'none', orig_packets: 1 }).unknown).toContain('protocol');
  });

  it('says that addresses are not looked at, and refuses what is no value', () => {
    expect(judge.score({ protocol: 'tcp', 'id.orig_h': '10.0.0.1', colour: 'red' }).unused).toEqual([
      'id.orig_h',
      'colour',
    ]);
    expect(() => judge.score({ orig_packets: 'many' })).toThrow('orig_packets: is not a number');
    expect(() => judge.score({ conn_state: 'S9' })).toThrow('conn_state: is none of OTH');
    expect(() => judge.score({ 'id.orig_h': '10.0.0.1' })).toThrow('nothing is known');
    expect(() => judge.score({ toString: 1 })).toThrow('nothing is known');
  });

  it('answers whatever numbers it is given', () => {
    const numbers = FLOW_RECORD_COLUMNS.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(''));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...numbers), value, { minKeys: 1, maxKeys: 8 }), (record) => {
        try {
          const { score, certainty } = judge.score({ protocol: 'tcp', ...record });
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          expect(certainty).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-request' });
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

describe('known flows', () => {
  it('are refused when they are of other features or not whole', () => {
    expect(() => readKnownFlows(reference.replace(/schema=\w{4}/, 'schema=0000'), 'x')).toThrow(
      'was written with features',
    );
    const cut = reference.split('\n').slice(0, 3);
    expect(() => readKnownFlows([...cut.slice(0, 2), cut[2]!.slice(0, 40)].join('\n'), 'x')).toThrow('row 1');
  });
});
