/**
 * CTU-13 (García et al. 2014) and other bidirectional flows of Argus with labels (`.binetflow`). Background says neither
 * that a flow is ordinary nor that it is not: it is left out.
 */
import { kindOf } from './labels.ts';
import { portOf, portRange } from './ports.ts';
import { tabular, valueOf } from './tabular.ts';
import { timeOf } from './times.ts';
import { BadRecord, type ColumnSpec } from './types.ts';

const MOST = 2 ** 53;
const DAY = 86_400;
const count = (name: string): ColumnSpec => ({ name, kind: 'numeric', role: 'feature', range: [0, MOST] });
const word = (name: string): ColumnSpec => ({ name, kind: 'categorical', role: 'feature' });
const PORTS = new Set(['Sport', 'Dport']);

const COLUMNS: readonly ColumnSpec[] = [
  count('Dur'),
  word('Proto'),
  word('Dir'),
  word('State'),
  { ...count('sTos'), optional: true },
  { ...count('dTos'), optional: true },
  count('TotPkts'),
  count('TotBytes'),
  count('SrcBytes'),
  count('SrcPkts'),
  { name: 'StartTime', kind: 'numeric', role: 'shortcut' },
  { name: 'SrcAddr', kind: 'categorical', role: 'shortcut', end: 'source' },
  { name: 'DstAddr', kind: 'categorical', role: 'shortcut', end: 'target' },
  { name: 'Sport', kind: 'numeric', role: 'shortcut', optional: true },
  { name: 'Dport', kind: 'numeric', role: 'shortcut', optional: true },
];

/** `flow=From-Botnet-V42-TCP-CC1-HTTP-Not-Encrypted` is of kind `TCP-CC1-HTTP-Not-Encrypted`. */
function verdictOf(label: string): { attack: boolean; kind: string } {
  const attack = /botnet|malicious/i.exec(label);
  if (attack) {
    const rest = label.slice(attack.index + attack[0].length).replace(/^-?(?:V\d+(?:-\d+)?)?-?/, '');
    return { attack: true, kind: kindOf(rest === '' ? attack[0] : rest) };
  }
  const isBackground = /background/i.test(label);
  if (!isBackground && /normal|benign|legitimate/i.test(label)) return { attack: false, kind: '' };
  throw new BadRecord(isBackground ? 'labelled as background: neither' : 'labelled neither Normal nor Botnet');
}

export const CTU13 = tabular({
  id: 'ctu-13',
  title: 'CTU-13 (Argus binetflow)',
  columns: COLUMNS,
  needed: ['StartTime', 'Dur', 'Proto', 'SrcAddr', 'DstAddr', 'State', 'TotPkts', 'TotBytes', 'SrcBytes'],
  label: 'Label',
  besideLabel: ['detailedlabel', 'detailedLabel', 'DetailedLabel'],
  derived: [word('Dport range')],
  read(text, spec) {
    if (PORTS.has(spec.name)) return portOf(text, spec.name);
    return spec.name === 'StartTime' ? timeOf(text, spec.name) : valueOf(text, spec);
  },
  beside(field) {
    const verdict = verdictOf(field('Label'));
    const time = timeOf(field('StartTime'), 'StartTime');
    const source = field('SrcAddr').trim();
    const range = portRange(portOf(field('Dport'), 'Dport'));
    return { ...verdict, time, group: `${source} ${Math.floor(time / DAY)}`, source, derived: [range] };
  },
});
