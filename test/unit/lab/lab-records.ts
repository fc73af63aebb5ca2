/** Labelled records of a made-up data set, and models of them. */
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { bareTable } from '../../../src-main/detect/lab/lab-table.ts';
import { trainOnTable, type LabTraining, type Trained } from '../../../src-main/detect/lab/lab-train.ts';
import { hashText } from '../../../src-main/detect/lab/formats/builder.ts';
import type { ColumnSpec, Table } from '../../../src-main/detect/lab/formats/types.ts';

export const COLUMNS: readonly ColumnSpec[] = [
  { name: 'proto', kind: 'categorical', role: 'feature' },
  { name: 'conn_state', kind: 'categorical', role: 'feature' },
  { name: 'orig_pkts', kind: 'numeric', role: 'feature', range: [0, 2 ** 32] },
  { name: 'orig_bytes', kind: 'numeric', role: 'feature', range: [0, 2 ** 32] },
  { name: 'duration', kind: 'numeric', role: 'feature', optional: true, range: [0, 1e6] },
  { name: 'dst_port', kind: 'numeric', role: 'shortcut', range: [0, 65535] },
];
const KINDS = ['normal', 'scan', 'flood', 'worm'];

/** Ordinary records transfer something; scans and worms get no answer, floods have thousands of packets. */
export function labelled(rows: number, seed: number): Table {
  const random = randomSource(seed, 5);
  const whole = (most: number): number => Math.floor(random() * most);
  const kind = Int32Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 1 + (Math.floor(i / 3) % 3) : 0));
  const protos = ['tcp', 'udp'];
  const states = ['SF', 'S0', 'RSTO'];
  const proto = Int32Array.from(kind, (k) => (k === 0 && random() < 0.3 ? 1 : 0));
  const state = Int32Array.from(kind, (k) => (k === 0 ? (random() < 0.05 ? 2 : 0) : k === 2 ? 0 : 1));
  const packets = Float32Array.from(kind, (k) => (k === 2 ? 5000 + whole(9000) : k === 0 ? 5 + whole(40) : 1));
  const bytes = Float32Array.from(kind, (k, i) => (k === 2 ? packets[i]! * 10 : k === 0 ? 200 + whole(9000) : 0));
  const duration = Float32Array.from(kind, (k) => (k === 0 ? 1 + random() * 50 : k === 2 ? 3 : NaN));
  const port = Float32Array.from(kind, () => whole(65536));
  const numbers = (spec: ColumnSpec, values: Float32Array) => ({
    spec,
    numbers: values,
    codes: new Int32Array(0),
    words: [],
  });
  const words = (spec: ColumnSpec, codes: Int32Array, own: string[]) => ({
    spec,
    numbers: new Float32Array(0),
    codes,
    words: own,
  });
  const table = bareTable(
    [
      words(COLUMNS[0]!, proto, protos),
      words(COLUMNS[1]!, state, states),
      numbers(COLUMNS[2]!, packets),
      numbers(COLUMNS[3]!, bytes),
      numbers(COLUMNS[4]!, duration),
      numbers(COLUMNS[5]!, port),
    ],
    rows,
    { attack: Uint8Array.from(kind, (k) => (k > 0 ? 1 : 0)), kind, kinds: KINDS },
  );
  const identity = Float64Array.from(kind, (_, i) =>
    hashText([proto, state, packets, bytes, duration, port].map((column) => column[i]).join(' ')),
  );
  return { ...table, format: 'made-up', files: ['/folder/made-up.csv'], sha256: 'ab'.repeat(32), identity };
}

export const TRAINING: LabTraining = {
  detector: 'random-forest',
  seed: 1,
  validation: 0.2,
  targetFpr: 0.05,
  keepShortcuts: false,
  classWeights: 'balanced',
  sampling: 'none',
  parameters: { trees: 20 },
};

export function trained(options: Partial<LabTraining> = {}, rows = 1800): Promise<Trained> {
  const plain = options.detector === undefined || options.detector === 'random-forest' ? {} : { parameters: {} };
  return trainOnTable(labelled(rows, 1), { ...TRAINING, ...plain, ...options });
}
