/**
 * The file of `sonde features`: a comment with the schema id, a header with the ids of the catalogue, one flow a line. Numbers
 * are the shortest decimals that give the same 32 bits back; classes are words of their vocabulary.
 */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { schemaId } from '../../../src-shared/features/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';

const COMMENT = /^# sonde\.features\/1 schema=([0-9a-f]{16})\s*$/;
const WIDTH = FLOW_FEATURES.length;
/** Digits that always suffice for 32 bits, and where the search begins. */
const [LEAST_DIGITS, MOST_DIGITS] = [6, 9];

export const FEATURES_COMMENT = `# sonde.features/1 schema=${schemaId()}`;
export const FEATURE_IDS: readonly string[] = FLOW_FEATURES.map(({ id }) => id);

/** The shortest decimal that is `x` in 32 bits. */
export function shortest(x: number): string {
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return String(x);
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits++) {
    const text = String(Number(x.toPrecision(digits)));
    if (Math.fround(Number(text)) === x) return text;
  }
  return String(Number(x.toPrecision(MOST_DIGITS)));
}

/** One row of the matrix as cells. */
export function featureCells(row: Float32Array): string[] {
  return FLOW_FEATURES.map((feature, f) => {
    const x = row[f]!;
    return feature.kind === 'categorical' ? (feature.vocabulary[x] ?? String(x)) : shortest(x);
  });
}

/** The schema id of a features file's first line; undefined: it is none. */
export function schemaOf(firstLine: string): string | undefined {
  return COMMENT.exec(firstLine)?.[1];
}

/** Classes as words or as numbers of their vocabulary. */
const CLASSES: readonly (ReadonlyMap<string, number> | undefined)[] = FLOW_FEATURES.map((feature) =>
  feature.kind === 'categorical'
    ? new Map(
        feature.vocabulary.flatMap((word, i): [string, number][] => [
          [word, i],
          [String(i), i],
        ]),
      )
    : undefined,
);

/** Where each feature stands among the columns of a file. */
export class FeatureReader {
  private readonly at: Int32Array;

  /**
   * @throws SondeError `wrong-version` when the file has the features of another version, `unknown-format` when columns are
   *   missing.
   */
  constructor(schema: string, header: readonly string[], path: string) {
    if (schema !== schemaId()) {
      throw new SondeError(
        'wrong-version',
        `${path}: was written with features ${schema}, this version computes ${schemaId()}`,
        path,
        'Write it again with this version: sonde features FILE… --out OUT.csv.',
      );
    }
    const places = new Map(header.map((name, i) => [name, i]));
    const missing = FEATURE_IDS.filter((id) => !places.has(id));
    if (missing.length > 0) {
      throw new SondeError(
        'unknown-format',
        `${path}: lacks ${missing.length} of the ${WIDTH} features: ${missing.slice(0, 12).join(', ')}`,
        path,
        'Write it again: sonde features FILE… --out OUT.csv.',
      );
    }
    this.at = Int32Array.from(FEATURE_IDS, (id) => places.get(id)!);
  }

  /** Writes one row to `out[at…]`; what is wrong with it, undefined where nothing is. */
  read(fields: readonly string[], out: Float32Array, at: number): string | undefined {
    for (let f = 0; f < WIDTH; f++) {
      const text = fields[this.at[f]!]!.trim();
      const classes = CLASSES[f];
      const value = classes ? (classes.get(text) ?? NaN) : text === '' ? NaN : Number(text);
      if (!Number.isFinite(value) || !Number.isFinite(Math.fround(value))) {
        return `${FEATURE_IDS[f]} is ${classes ? 'not of its vocabulary' : 'not a number'}`;
      }
      out[at + f] = value;
    }
    return undefined;
  }
}
