/** Records to try a model of flows with, for whoever has none at hand. */
import type { RecordColumn } from '../../../../src-shared/contract/topics/scoring.ts';
import type { Values } from './from-flow.ts';

interface Example {
  title: string;
  values: Values;
}

const EXAMPLES: readonly Example[] = [
  {
    title: 'a visit to a web site',
    values: {
      protocol: 'tcp',
      conn_state: 'SF',
      service: 'ssl',
      'id.resp_p': '443',
      duration: '1.2',
      orig_packets: '14',
      resp_packets: '18',
      orig_bytes: '1800',
      resp_bytes: '15200',
    },
  },
  {
    title: 'one try of a port scan',
    values: {
      protocol: 'tcp',
      conn_state: 'S0',
      flags: 'SYN',
      orig_packets: '1',
      resp_packets: '0',
      src_ports: '500',
      src_flows: '600',
    },
  },
];

/** Those of which the model has every column: of others little would be left. */
export function examplesFor(columns: readonly RecordColumn[]): readonly Example[] {
  const names = new Set(columns.map(({ name }) => name));
  return EXAMPLES.filter(({ values }) => Object.keys(values).every((name) => names.has(name)));
}
