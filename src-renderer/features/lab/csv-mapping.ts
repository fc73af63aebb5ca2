/** What was said of the columns of a CSV, and what comes of it. */
import type { FileLook, LabMapping } from '../../../src-shared/contract/topics/lab.ts';

export interface Said {
  label: string;
  /** Whether the marked values are the attacks, or all others are. */
  marked: 'attacks' | 'ordinary';
  values: readonly string[];
  /** Where it is not what was guessed. */
  columns: Readonly<LabMapping['columns']>;
}

const ORDINARY = /^(?:normal|benign|0|false|no|ok|legitimate)$/i;

/** What can be told beforehand: the likely label, and those of its values that sound ordinary. */
export function firstSaid({ labels }: FileLook): Said {
  const [likely] = labels;
  const ordinary = likely?.values.filter((value) => ORDINARY.test(value.trim())) ?? [];
  return { label: likely?.name ?? '', marked: 'ordinary', values: ordinary, columns: {} };
}

/** What was said of a file before, where it fits this one. */
export function saidAgain({ columns }: FileLook, before: LabMapping | undefined): Said | null {
  if (!before || !columns.some(({ name }) => name === before.label)) return null;
  const [marked, values] =
    before.positive.length > 0 ? (['attacks', before.positive] as const) : (['ordinary', before.negative] as const);
  return { label: before.label, marked, values, columns: before.columns };
}

export function valuesOf({ columns, labels }: FileLook, label: string): readonly string[] {
  return labels.find(({ name }) => name === label)?.values ?? columns.find(({ name }) => name === label)?.values ?? [];
}

/** null: it does not say yet which records are attacks. */
export function mappingOf({ delimiter }: FileLook, { label, marked, values, columns }: Said): LabMapping | null {
  if (label === '' || values.length === 0) return null;
  return {
    label,
    positive: marked === 'attacks' ? [...values] : [],
    negative: marked === 'ordinary' ? [...values] : [],
    ...(delimiter === null ? {} : { delimiter }),
    columns: Object.fromEntries(Object.entries(columns).filter(([name]) => name !== label)),
  };
}
