/** Whether packets give what a model of labelled records needs, and why not. */
import type { LabModelSummary, Promotable } from '../../../src-shared/domain/lab-model.ts';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { ColumnSpec } from './formats/types.ts';
import { CONN_DERIVED, CONN_TAKEN } from './formats/zeek-conn.ts';
import type { LabModel } from './lab-model.ts';
import type { SearchReport } from './search.ts';

/** Columns named in the reason, at most; kinds of attack in a summary. */
const SHOWN = 6;
const MOST_KINDS = 50;

const FEATURES = new Map<string, ColumnSpec['kind']>(FLOW_FEATURES.map(({ id, kind }) => [id, kind]));
/** Fields of a flow that are computed from packets alone; whether an end is one of ours is not. */
const FIELDS = new Map<string, ColumnSpec['kind']>(
  [...CONN_TAKEN, ...CONN_DERIVED]
    .filter(({ name }) => !name.startsWith('local_'))
    .map(({ name, kind }) => [name, kind]),
);
/** Formats whose columns mean what ours of the same names do. */
const OF_FLOWS: ReadonlySet<string> = new Set(['sonde-flows', 'zeek-conn']);
const APP = 'app';
const OF_FEATURES = 'sonde-features';

const TITLES: Readonly<Record<string, string>> = {
  'nsl-kdd': 'NSL-KDD',
  kdd99: 'KDD99',
  'unsw-nb15': 'UNSW-NB15',
  'unsw-nb15-raw': 'UNSW-NB15',
  cicflowmeter: 'CICFlowMeter',
  'ctu-13': 'CTU-13',
  'seven-fields': 'the seven-field records',
};

const quoted = (names: readonly string[]): string => {
  const shown = names.slice(0, SHOWN).map((name) => `“${name}”`);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return shown.join(', ') + more;
};

function missing(needed: readonly ColumnSpec[], known: ReadonlyMap<string, string>): string[] {
  return needed.filter(({ name, kind }) => known.get(name) !== kind).map(({ name }) => name);
}

export function promotableOf(model: LabModel): Promotable {
  const { needed } = model;
  const { format } = model.description;
  if (format === OF_FEATURES) {
    const columns = missing(needed, FEATURES);
    if (columns.length === 0) return { by: 'flow-features', reason: '', columns: [] };
    const reason = `this version does not compute ${quoted(columns)}: write the features again and train on them`;
    return { by: null, reason, columns };
  }
  if (OF_FLOWS.has(format)) {
    const known = format === 'sonde-flows' ? new Map([...FIELDS, [APP, 'categorical'] as const]) : FIELDS;
    const columns = missing(needed, known);
    if (columns.length === 0) return { by: 'flow-fields', reason: '', columns: [] };
    return { by: null, reason: `packets alone do not give ${quoted(columns)}`, columns };
  }
  // The same name in another format is not the same number: how it was computed there is not ours.
  const columns = needed.map(({ name }) => name);
  const whose = TITLES[format] ?? `the format ${format}`;
  const reason = `it learned from ${whose}, whose columns cannot be computed from packets as they were there: ${quoted(columns)}`;
  return { by: null, reason, columns };
}

function copyOf({ tried, chosen, ...said }: SearchReport): NonNullable<LabModelSummary['search']> {
  return {
    ...said,
    tried: tried.map((each) => ({ ...each, parameters: { ...each.parameters } })),
    chosen: { ...chosen },
  };
}

export function summaryOf(model: LabModel): LabModelSummary {
  const { detector, chosen, regime, format, seed, threshold, parameters, search, training, heldBack } =
    model.description;
  return {
    detector,
    chosen,
    regime,
    format,
    seed,
    columns: model.needed.map(({ name }) => name),
    threshold: { score: threshold.score, targetFpr: threshold.targetFpr },
    ...(parameters && { parameters }),
    ...(search && { search: copyOf(search) }),
    training: {
      files: [...training.files],
      rows: training.rows,
      normal: training.normal,
      attack: training.attack,
      kinds: training.kinds.slice(0, MOST_KINDS),
    },
    heldBack,
  };
}
