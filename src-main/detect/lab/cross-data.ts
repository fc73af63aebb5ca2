/** Training data of one format, test data of another: both as the features they share (formats/common.ts). */
import { SondeError } from '../../../src-shared/errors.ts';
import { COMMON_FEATURES, COMPARABLE, type CommonFeature, type Recipe } from './formats/common.ts';
import type { Table, TableColumn } from './formats/types.ts';
import type { Warning } from './split.ts';

/** Fewer tell hardly anything of a flow. */
const LEAST_SHARED = 4;
const SHOWN = 12;

export interface SharedFeatures {
  /** What is learned from and judged by, and how either side comes by it. */
  features: { name: string; unit: string; train: string; test: string; estimated: boolean }[];
  /** Columns that no shared feature is made of. */
  leftOut: { train: string[]; test: string[] };
}

/** The recipe for a table, where it has all the columns for it. */
function recipeFor({ recipes }: CommonFeature, { format, columns }: Table): Recipe | undefined {
  const recipe = recipes[format];
  return recipe?.from.every((name) => columns.some(({ spec }) => spec.name === name)) ? recipe : undefined;
}

function columnFor({ spec }: CommonFeature, recipe: Recipe, table: Table): TableColumn {
  const sources = recipe.from.map((name) => table.columns.find((column) => column.spec.name === name)!);
  const made = (row: number): number | string =>
    recipe.make(
      sources.map((source) =>
        source.spec.kind === 'numeric' ? source.numbers[row]! : source.words[source.codes[row]!]!,
      ),
    );
  const none = { numbers: new Float32Array(0), codes: new Int32Array(0), words: [] };
  if (spec.kind === 'numeric') {
    return { spec, ...none, numbers: Float32Array.from({ length: table.rows }, (_, row) => Number(made(row))) };
  }
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from({ length: table.rows }, (_, row) => {
    const word = String(made(row));
    if (!codeOf.has(word)) codeOf.set(word, codeOf.size);
    return codeOf.get(word)!;
  });
  return { spec, ...none, codes, words: [...codeOf.keys()] };
}

const list = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

function demandComparable(train: Table, test: Table): void {
  const unknown = [train, test].find(({ format }) => !COMPARABLE.includes(format));
  if (!unknown) return;
  const what = `${test.files[0]}: is of the format ${test.format}, the training data of ${train.format}`;
  const cure = `Name test data of the same format; compared across formats are ${COMPARABLE.join(', ')}.`;
  throw new SondeError('unknown-format', what, test.files[0]!, cure);
}

/**
 * Both tables with the features they share. Times, hosts and labels stay.
 *
 * @throws SondeError `unknown-format` where too few are shared, which names them
 */
export function shareFeatures(train: Table, test: Table, warnings: Warning[]): [Table, Table, SharedFeatures] {
  demandComparable(train, test);
  const shared = COMMON_FEATURES.flatMap((feature) => {
    const [learned, judged] = [recipeFor(feature, train), recipeFor(feature, test)];
    return learned && judged ? [{ feature, learned, judged }] : [];
  });
  if (shared.length < LEAST_SHARED) {
    const names = shared.map(({ feature }) => feature.spec.name);
    throw new SondeError(
      'unknown-format',
      `${test.files[0]}: ${test.format} shares only ${shared.length} features with ${train.format}` +
        ` (${names.join(', ') || 'none'}): too few to judge by`,
      test.files[0]!,
      'Name test data that say more of a flow: durations, packets and bytes each way, states.',
    );
  }
  const unusedOf = (table: Table, recipes: readonly Recipe[]): string[] => {
    const used = new Set(recipes.flatMap(({ from }) => from));
    return table.columns.map(({ spec }) => spec.name).filter((name) => !used.has(name));
  };
  const words = (recipe: Recipe): string => recipe.how ?? recipe.from.join(', ');
  const said: SharedFeatures = {
    features: shared.map(({ feature, learned, judged }) => ({
      name: feature.spec.name,
      unit: feature.unit,
      train: words(learned),
      test: words(judged),
      estimated: Boolean(learned.estimated) || Boolean(judged.estimated),
    })),
    leftOut: {
      train: unusedOf(
        train,
        shared.map(({ learned }) => learned),
      ),
      test: unusedOf(
        test,
        shared.map(({ judged }) => judged),
      ),
    },
  };
  warnings.push({ code: 'cross-data', message: warningOf(train, test, said) });
  return [
    { ...train, columns: shared.map(({ feature, learned }) => columnFor(feature, learned, train)) },
    { ...test, columns: shared.map(({ feature, judged }) => columnFor(feature, judged, test)) },
    said,
  ];
}

function warningOf(train: Table, test: Table, { features, leftOut }: SharedFeatures): string {
  const estimated = features.filter((feature) => feature.estimated).map(({ name }) => name);
  return (
    `learned from ${train.format} and judged by ${test.format}, by the ${features.length} features that both can say: ` +
    list(features.map(({ name }) => name)) +
    (estimated.length > 0 ? `; of these only estimated: ${list(estimated)}` : '') +
    `; left out are ${leftOut.train.length} columns of the training data and ${leftOut.test.length} of the test data; ` +
    'records that stand in both cannot be told, and what is ordinary in one network need not be in the other'
  );
}
