/** What `sonde features` writes (the matrix that the detectors see, one flow a row), with a `label` column. */
import { FLOW_FEATURES } from '../../../../src-shared/features/catalogue.ts';
import { schemaId } from '../../../../src-shared/features/schema.ts';
import { kindOf, verdictOf } from './labels.ts';
import { tabular, UNSET } from './tabular.ts';
import type { ColumnSpec, Format } from './types.ts';

export const SONDE_FEATURES_COLUMNS: readonly ColumnSpec[] = FLOW_FEATURES.map(({ id, kind }) =>
  kind === 'numeric'
    ? { name: id, kind: 'numeric', role: 'feature', optional: true }
    : { name: id, kind: 'categorical', role: 'feature' },
);
/** Enough to know it by. */
const NEEDED = 12;

/** The schema id of the comment above the header. */
const SCHEMA = /^# sonde\.features\/1 schema=([\da-f]{16})\s*$/;

const FORMAT = tabular({
  id: 'sonde-features',
  title: "Sonde's features with labels",
  columns: SONDE_FEATURES_COLUMNS,
  needed: SONDE_FEATURES_COLUMNS.slice(0, NEEDED).map(({ name }) => name),
  label: 'label',
  besideLabel: ['kind'],
  numbering: ['uid'],
  beside(field) {
    const verdict = verdictOf(field('label'), 'label');
    const named = field('kind').trim();
    return { ...verdict, ...(verdict.attack && named !== '' && named !== UNSET && { kind: kindOf(named) }) };
  },
});

function otherSchema(lines: readonly string[]): string | undefined {
  const written = SCHEMA.exec(lines[0] ?? '')?.[1];
  return written === schemaId() ? undefined : written;
}

/** Features of another version may be called the same and be computed otherwise. */
export const SONDE_FEATURES: Format = {
  ...FORMAT,
  recognise: (lines) => (otherSchema(lines) === undefined ? FORMAT.recognise(lines) : undefined),
  lacks(lines) {
    const written = otherSchema(lines);
    if (written === undefined) return FORMAT.lacks?.(lines);
    const why = `it was written with features ${written}, this version computes ${schemaId()}`;
    return { why, cure: 'Write it again with this version: sonde features FILE --out OUT.csv.' };
  },
};
