/** Records of seven fields and a verdict: what simple detectors ask for. */
import { yesOrNo } from './labels.ts';
import { tabular } from './tabular.ts';
import type { ColumnSpec } from './types.ts';

const MOST = 2 ** 53;
const count = (name: string): ColumnSpec => ({ name, kind: 'numeric', role: 'feature', range: [0, MOST] });

const COLUMNS: readonly ColumnSpec[] = [
  { name: 'source_ip', kind: 'categorical', role: 'shortcut', end: 'source' },
  { name: 'destination_ip', kind: 'categorical', role: 'shortcut', end: 'target' },
  { name: 'protocol', kind: 'categorical', role: 'feature' },
  count('packet_size'),
  count('bytes_sent'),
  count('bytes_received'),
  { name: 'flag', kind: 'categorical', role: 'feature' },
];

export const SEVEN_FIELDS = tabular({
  id: 'seven-fields',
  title: 'records of seven fields',
  columns: COLUMNS,
  needed: COLUMNS.map(({ name }) => name),
  label: 'is_anomaly',
  nameOf: (cell) => cell.toLowerCase(),
  beside(field) {
    const source = field('source_ip').trim();
    return { attack: yesOrNo(field('is_anomaly'), 'is_anomaly'), kind: 'anomaly', group: source, source };
  },
});
