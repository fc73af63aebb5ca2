/** Flows as the records that a model of the lab learned from: the same numbers and words that their file would have. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { writeFlowCsv } from '../../meter/flows/record.ts';
import { TextSink } from '../../meter/flows/text-sink.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import { extractInto, FEATURE_COUNT } from '../features/extract.ts';
import { cellsOf } from './delimited.ts';
import { TableBuilder } from './formats/builder.ts';
import { SONDE_FEATURES_COLUMNS } from './formats/sonde-features.ts';
import { FLOW_CELLS } from './formats/sonde-flows.ts';
import { BadRecord, type Table, type TableColumn } from './formats/types.ts';
import { bareTable } from './lab-table.ts';

/** What the label is: none is known, and none is looked at. */
const NO_LABEL = 'Benign';
const UNKNOWN = { kinds: ['normal'] };

/** Rows of the flow features, one after the other, as the table of the file that `sonde features` writes of them. */
export function featureTable(
  data: Float32Array,
  rows: number,
  labels?: Pick<Table, 'attack' | 'kind' | 'kinds'>,
): Table {
  const columns = SONDE_FEATURES_COLUMNS.map((spec, f): TableColumn => {
    const definition = FLOW_FEATURES[f]!;
    const values = new Float32Array(rows);
    for (let r = 0; r < rows; r++) values[r] = data[r * FEATURE_COUNT + f]!;
    return definition.kind === 'categorical'
      ? { spec, numbers: new Float32Array(0), codes: Int32Array.from(values), words: definition.vocabulary }
      : { spec, numbers: values, codes: new Int32Array(0), words: [] };
  });
  return bareTable(columns, rows, labels ?? { attack: new Uint8Array(rows), kind: new Int32Array(rows), ...UNKNOWN });
}

/** Flows by their features. Their context must have been filled. */
export function tableOfFeatures(batch: FlowBatch, from: number, to: number): Table {
  const data = new Float32Array((to - from) * FEATURE_COUNT);
  extractInto(batch, data, 0, from, to);
  return featureTable(data, to - from);
}

/** Flows by the fields of `--flows`. `rows`: places in the table of the flows from `from` on, −1 where one cannot be read. */
export function tableOfFields(batch: FlowBatch, from: number, to: number): { table: Table; rows: Int32Array } {
  const builder = new TableBuilder(FLOW_CELLS.columns);
  const text = new TextSink();
  const rows = new Int32Array(to - from).fill(-1);
  for (let row = from; row < to; row++) {
    text.length = 0;
    writeFlowCsv(text, batch, row);
    const line = text.bytes.toString('utf8', 0, text.length).trimEnd();
    try {
      const record = FLOW_CELLS.read([...cellsOf(line, ','), NO_LABEL]);
      rows[row - from] = builder.rows;
      builder.add(record, '');
    } catch (error) {
      // A name that is longer than a word may be: such a flow has no score.
      if (!(error instanceof BadRecord)) throw error;
    }
  }
  return { table: builder.finish('sonde-flows', [], ['']), rows };
}
