import { describe, expect, it } from 'vitest';
import { fieldsOf, fits, groupsOf, wordsOf } from '../../../src-renderer/features/lab/record/fields.ts';
import { valuesOfFlow } from '../../../src-renderer/features/lab/record/from-flow.ts';
import { readPasted } from '../../../src-renderer/features/lab/record/pasted.ts';
import { rarity, scoreDigits } from '../../../src-renderer/features/lab/record/score-words.ts';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import type { RecordColumn } from '../../../src-shared/contract/topics/scoring.ts';

function column(name: string, more: Partial<RecordColumn> = {}): RecordColumn {
  return {
    name,
    kind: 'numeric',
    used: true,
    optional: false,
    least: null,
    most: null,
    words: [],
    usual: null,
    ...more,
  };
}

const word = (name: string, words: string[] = []): RecordColumn => column(name, { kind: 'categorical', words });

const FLOW: FlowRow = {
  ...{ id: 1, ts: 0, tsText: '', uid: 'C1', communityId: '', origH: '10.0.0.1', origP: 40_000, respH: '192.0.2.1' },
  ...{ respP: 443, proto: 'tcp', service: 'ssl', app: 'TLS', duration: 1.5, origBytes: 100, respBytes: null },
  ...{ connState: 'SF', missedBytes: 0, history: 'ShADadFf', origPkts: 4, origIpBytes: 300, respPkts: 3 },
  ...{ respIpBytes: 900, vlan: null, tunnel: '', score: 0.5, anomalous: false },
};

describe('a form filled in from a flow', () => {
  it('has what the flow says, in the columns of any format', () => {
    const columns = [
      'orig_bytes',
      'resp_bytes',
      'Flow Duration',
      'spkts',
      'TotBytes',
      'land',
      'src_flows',
      'id.resp_p',
    ];
    expect(
      valuesOfFlow(
        FLOW,
        columns.map((name) => column(name)),
      ),
    ).toEqual({
      ...{ orig_bytes: '100', 'Flow Duration': '1500000', spkts: '4', TotBytes: '1200', land: '0' },
      'id.resp_p': '443',
    });
  });

  it('leaves out words that the model does not know, and ports of ICMP', () => {
    expect(valuesOfFlow(FLOW, [word('service', ['http']), word('conn_state', ['SF']), word('proto')])).toEqual({
      conn_state: 'SF',
      proto: 'tcp',
    });
    expect(valuesOfFlow({ ...FLOW, proto: 'icmp' }, [column('id.orig_p'), column('orig_pkts')])).toEqual({
      orig_pkts: '4',
    });
  });
});

describe('a pasted record', () => {
  const columns = [word('proto'), column('orig_bytes'), column('duration')];

  it('is JSON, CSV under a header, or a line in the order of the model', () => {
    const values = { proto: 'tcp', orig_bytes: '5' };
    expect(readPasted('{"proto":"tcp","orig_bytes":5,"duration":null,"x":1}', columns)).toEqual({
      values,
      unused: ['x'],
    });
    expect(readPasted('[{"proto":"tcp","orig_bytes":5}]', columns)).toEqual({ values, unused: [] });
    expect(readPasted('x;proto;orig_bytes\r\n1;"tcp";5\r\n2;udp;6', columns)).toEqual({ values, unused: ['x'] });
    expect(readPasted('#fields\tproto\torig_bytes\ntcp\t5', columns)).toEqual({ values, unused: [] });
    expect(readPasted('tcp,5,', columns)).toEqual({ values, unused: [] });
    expect(readPasted('"a ""b"", c",5,1', columns)).toMatchObject({ values: { proto: 'a "b", c' } });
  });

  it.each([
    ['', 'Paste a line'],
    ['{"proto"', 'no JSON object'],
    ['{"x":1}', 'None of its columns'],
    ['proto,orig_bytes', 'Under the header'],
    ['tcp,5', 'has to have the model’s 3 columns; this one has 2'],
  ])('%s is refused', (text, fault) => {
    expect(readPasted(text, columns)).toMatchObject({ fault: expect.stringContaining(fault) as string });
  });
});

describe('fields', () => {
  const model = { name: 'm', scores: 'records', detector: 'random-forest', format: 'x', threshold: 0.95 } as const;
  const columns = [
    column('Fwd IAT Mean'),
    column('sbytes'),
    word('service'),
    word('proto'),
    column('odd'),
    word('srcip'),
  ];

  it('stand in groups, those that are known best first, and have words where there are some', () => {
    const fields = fieldsOf({ ...model, columns: [...columns, { ...column('unused'), used: false }] });
    expect(groupsOf(fields).map(({ group, fields: own }) => [group, own.map((each) => each.column.name)])).toEqual([
      ['Who', ['srcip']],
      ['Connection', ['proto', 'service']],
      ['How much', ['sbytes']],
      ['Timing', ['Fwd IAT Mean']],
      ['More', ['odd']],
    ]);
    expect(fields.filter((field) => fits(field, 'bytes sent')).map((field) => field.column.name)).toEqual(['sbytes']);
    expect([wordsOf('sbytes'), wordsOf('odd'), wordsOf('src_ports')]).toEqual([
      ...['bytes sent', 'odd', 'ports its source tried, a minute'],
    ]);
  });
});

describe('a score in words', () => {
  it('is exact enough to tell it from one', () => {
    expect([0.5, 0.99, 0.99478, 0.999, 0.9999850123, 1].map(scoreDigits)).toEqual([
      ...['0.500', '0.99', '0.9948', '0.999', '0.999985', '1'],
    ]);
    expect(rarity(0.995)).toBe('1 in 200 ordinary records');
    expect(rarity(1)).toBe('no ordinary record');
    expect(rarity(0.2)).toBe('most ordinary records');
  });
});
