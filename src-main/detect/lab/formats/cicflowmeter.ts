/**
 * Flows of CICFlowMeter (Lashkari et al. 2017) with a label: CIC-IDS2017, CSE-CIC-IDS2018 and what the tool writes itself.
 * Its versions spell the columns in three ways, with blanks before them or not; here they are called as in CIC-IDS2017.
 * Durations and times between packets are microseconds.
 */
import { kindOf } from './labels.ts';
import { portOf, portRange } from './ports.ts';
import { tabular, valueOf } from './tabular.ts';
import { timeOf } from './times.ts';
import { BadRecord, type ColumnSpec } from './types.ts';

const spread = (name: string, ...of: string[]): string[] => of.map((each) => `${name} ${each}`);
const both = (make: (direction: string) => string[]): string[] => ['Fwd', 'Bwd'].flatMap(make);
const FEATURES = [
  'Flow Duration',
  'Total Fwd Packets',
  'Total Backward Packets',
  'Total Length of Fwd Packets',
  'Total Length of Bwd Packets',
  ...both((direction) => spread(`${direction} Packet Length`, 'Max', 'Min', 'Mean', 'Std')),
  'Flow Bytes/s',
  'Flow Packets/s',
  ...spread('Flow IAT', 'Mean', 'Std', 'Max', 'Min'),
  ...both((direction) => spread(`${direction} IAT`, 'Total', 'Mean', 'Std', 'Max', 'Min')),
  ...both((direction) => [`${direction} PSH Flags`, `${direction} URG Flags`]),
  ...both((direction) => [`${direction} Header Length`, `${direction} Packets/s`]),
  'Min Packet Length',
  'Max Packet Length',
  ...spread('Packet Length', 'Mean', 'Std', 'Variance'),
  ...['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'CWE', 'ECE'].map((flag) => `${flag} Flag Count`),
  'Down/Up Ratio',
  'Average Packet Size',
  ...both((direction) => [`Avg ${direction} Segment Size`]),
  ...both((direction) => spread(`${direction} Avg`, 'Bytes/Bulk', 'Packets/Bulk', 'Bulk Rate')),
  ...both((direction) => spread(`Subflow ${direction}`, 'Packets', 'Bytes')),
  'Init_Win_bytes_forward',
  'Init_Win_bytes_backward',
  'act_data_pkt_fwd',
  'min_seg_size_forward',
  ...spread('Active', 'Mean', 'Std', 'Max', 'Min'),
  ...spread('Idle', 'Mean', 'Std', 'Max', 'Min'),
];
/** −1 where the flow has no such packet. */
const WINDOWS = new Set(['Init_Win_bytes_forward', 'Init_Win_bytes_backward']);
const PORTS = new Set(['Source Port', 'Destination Port']);
const TIME = 'Timestamp';
const DAY = 86_400;

const COLUMNS: readonly ColumnSpec[] = [
  ...FEATURES.map((name): ColumnSpec => ({
    name,
    kind: 'numeric',
    role: 'feature',
    ...(WINDOWS.has(name) && { optional: true }),
  })),
  { name: 'Protocol', kind: 'categorical', role: 'feature' },
  { name: 'Source IP', kind: 'categorical', role: 'shortcut', end: 'source' },
  { name: 'Destination IP', kind: 'categorical', role: 'shortcut', end: 'target' },
  { name: 'Source Port', kind: 'numeric', role: 'shortcut', optional: true },
  { name: 'Destination Port', kind: 'numeric', role: 'shortcut', optional: true },
  { name: TIME, kind: 'numeric', role: 'shortcut' },
  { name: 'Flow ID', kind: 'categorical', role: 'id' },
];
const LABEL = 'Label';

/** Short and long forms of the words in column names. */
const SAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    total: 'tot',
    totlen: 'tot len',
    packets: 'pkt',
    packet: 'pkt',
    pkts: 'pkt',
    bytes: 'byte',
    byts: 'byte',
    length: 'len',
    count: 'cnt',
    segment: 'seg',
    average: 'avg',
    variance: 'var',
    source: 'src',
    destination: 'dst',
    forward: 'fwd',
    backward: 'bwd',
    bulk: 'blk',
    b: 'blk',
    cwr: 'cwe',
    of: '',
  }),
);

/** Equal for all spellings of a column: its words in their short forms, in alphabetical order. */
function keyOf(cell: string): string {
  const words = cell.toLowerCase().split(/[^a-z\d]+/);
  const short = words.flatMap((word) => (SAME.get(word) ?? word).split(' '));
  return short
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}

const BY_KEY: ReadonlyMap<string, string> = new Map(
  [...COLUMNS.map(({ name }) => name), LABEL].map((name) => [keyOf(name), name]),
);

/** The name of a column however it is spelled; one that pandas numbered (`.1`) is another of the same name. */
export function cicName(cell: string): string {
  return BY_KEY.get(keyOf(cell.trim().replace(/\.\d$/, ''))) ?? cell;
}

const UNLABELLED = new Set(['', 'no label', 'needmanuallabel', 'needlabel']);

function verdictOf(label: string): { attack: boolean; kind: string } {
  const word = label.trim().toLowerCase();
  if (word === 'benign' || word === 'normal' || word === '0') return { attack: false, kind: '' };
  if (UNLABELLED.has(word)) throw new BadRecord('Label is not set');
  // The corrected versions call flows so in which the attack did nothing: their authors leave open what they are.
  if (word.endsWith('- attempted')) throw new BadRecord('labelled as an attempt without effect: neither');
  return { attack: true, kind: word === '1' ? 'attack' : kindOf(label) };
}

function read(text: string, spec: ColumnSpec): number | string {
  if (PORTS.has(spec.name)) return portOf(text, spec.name);
  if (spec.name === TIME) return timeOf(text, TIME);
  const value = valueOf(text, spec);
  if (typeof value !== 'number' || !(value < 0)) return value;
  if (value === -1 && WINDOWS.has(spec.name)) return NaN;
  throw new BadRecord(`${spec.name} is below zero`);
}

export const CICFLOWMETER = tabular({
  id: 'cicflowmeter',
  title: 'CICFlowMeter (CIC-IDS2017, CSE-CIC-IDS2018)',
  columns: COLUMNS,
  needed: ['Flow Duration', 'Total Fwd Packets', 'Total Backward Packets', 'Flow IAT Mean', 'Fwd Packet Length Mean'],
  label: LABEL,
  nameOf: cicName,
  derived: [{ name: 'Destination Port range', kind: 'categorical', role: 'feature' }],
  read,
  beside(field) {
    const verdict = verdictOf(field(LABEL));
    const port = portOf(field('Destination Port'), 'Destination Port');
    const [source, stamp] = [field('Source IP').trim(), field(TIME)];
    const time = stamp === '' ? NaN : timeOf(stamp, TIME);
    const day = Number.isNaN(time) ? '' : ` ${Math.floor(time / DAY)}`;
    return {
      ...verdict,
      time,
      ...(source + day !== '' && { group: source + day }),
      ...(source !== '' && { source }),
      derived: [portRange(port)],
    };
  },
});
