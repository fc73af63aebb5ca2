/** Models as the threads that score have them, and what is told of them. */
import type { DescribedModel, RecordColumn } from '../../../../src-shared/contract/topics/scoring.ts';
import { CONN_STATE_CLASSES, FLOW_FEATURES } from '../../../../src-shared/features/catalogue.ts';
import { FALSE_ALARM_SHARE } from '../../../detect/detectors/triage.ts';
import { usualValues } from '../../../detect/detectors/contributions.ts';
import { FLOW_RECORD_COLUMNS, FLOW_SERVICES } from '../../../detect/lab/flow-values.ts';
import type { ColumnSpec } from '../../../detect/lab/formats/types.ts';
import { anyModelOf, loadAnyModel, type AnyModel } from '../../pipeline/model.ts';
import type { ModelSource } from './messages.ts';

const MOST_WORDS = 60;
/** Other names of what the features say. */
const ALIASES = new Set(['proto', 'orig_pkts', 'resp_pkts']);
const ADDRESSES = new Set(['id.orig_h', 'id.resp_h', 'id.orig_p']);
const FLAGS = [
  'none',
  'SYN',
  'SYN ACK',
  'SYN ACK PSH',
  'SYN ACK PSH FIN',
  'SYN ACK RST',
  'RST',
  'ACK',
  'FIN',
  'FIN PSH URG',
];

export async function loadModel(source: ModelSource): Promise<AnyModel> {
  switch (source.kind) {
    case 'base':
      return loadAnyModel(undefined);
    case 'path':
      return { ...(await loadAnyModel(source.path)), name: source.name };
    case 'bytes':
      return anyModelOf(Buffer.from(source.bytes), source.name);
  }
}

const finite = (value: number | undefined): number | null => (Number.isFinite(value) ? value! : null);

function columnOf(
  spec: ColumnSpec,
  used: boolean,
  words: readonly string[],
  usual: RecordColumn['usual'],
): RecordColumn {
  const { name, kind, optional = false, range } = spec;
  const ends = { least: finite(range?.[0]), most: finite(range?.[1]) };
  return { name, kind, used, optional, ...ends, words: words.slice(0, MOST_WORDS), usual };
}

function flowColumns({ model }: Extract<AnyModel, { kind: 'flows' }>): RecordColumn[] {
  const usual = usualValues(model.preparation, model.scaler);
  return FLOW_RECORD_COLUMNS.filter(({ name }) => !ALIASES.has(name)).map((spec) => {
    const f = FLOW_FEATURES.findIndex(({ id }) => id === spec.name);
    const feature = FLOW_FEATURES[f];
    const words = {
      service: FLOW_SERVICES,
      flags: FLAGS,
      conn_state: CONN_STATE_CLASSES,
    }[spec.name];
    if (!feature) return columnOf(spec, !ADDRESSES.has(spec.name), words ?? [], null);
    if (feature.kind === 'numeric') return columnOf(spec, true, [], usual[f]!);
    return columnOf(spec, true, feature.vocabulary, feature.vocabulary[usual[f]!] ?? null);
  });
}

function recordColumns({ model }: Extract<AnyModel, { kind: 'records' }>): RecordColumn[] {
  const used = new Set(model.encoder.sources);
  return model.description.columns.map((spec, i) =>
    columnOf(spec, used.has(i), [...model.known.columns[i]!.words].sort(), model.description.usual[i] ?? null),
  );
}

/** What a form needs to know of a model. */
export function describeModel(found: AnyModel): DescribedModel {
  if (found.kind === 'flows') {
    const threshold = 1 - FALSE_ALARM_SHARE;
    return { ...headOf(found), threshold, columns: flowColumns(found) };
  }
  return { ...headOf(found), threshold: found.model.description.threshold.score, columns: recordColumns(found) };
}

export function headOf(found: AnyModel): Pick<DescribedModel, 'name' | 'scores' | 'detector' | 'format'> {
  if (found.kind === 'flows')
    return { name: found.name, scores: 'flows', detector: 'ensemble', format: 'sonde-features' };
  const { detector, format } = found.model.description;
  return { name: found.name, scores: 'records', detector, format };
}
