/** A whole experiment as one file (schema sonde.experiment/1): what was done with which data, and what came of it. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';
import type { LabOptions, LabReport } from '../../../src-shared/contract/topics/lab.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { EvaluationReport } from './report.ts';
import type { Warning } from './split.ts';

const SCHEMA = 'sonde.experiment/1';

const shape = z.object({
  schema: z.literal(SCHEMA),
  name: z.string(),
  /** Named as the options of `sonde evaluate`. */
  options: z.record(z.string(), z.unknown()),
  data: z.object({ train: z.object({ sha256: z.string() }), test: z.object({ sha256: z.string() }) }),
});
export type Experiment = z.infer<typeof shape>;

/** The file's content. `options` names files as people know them. */
export function experimentFile(name: string, made: string, options: LabOptions, report: LabReport): object {
  const { train, test, regime, detectors, split, seeds, validation, targetFpr, duplicates, keepShortcuts } = options;
  const { holdBack } = options;
  const { mapping, classWeights, sampling, search = 0, parameters = {} } = options;
  const set = Object.entries(parameters).flatMap(([id, values]) =>
    Object.entries(values).map(([name, value]) => `${id}.${name}=${value}`),
  );
  return {
    schema: SCHEMA,
    name,
    made,
    options: {
      train,
      ...(test.length > 0 ? { test } : { split }),
      regime,
      ...(detectors && { detectors }),
      ...(mapping && { mapping }),
      seeds,
      validation,
      ...(holdBack && { 'hold-back': holdBack }),
      'target-fpr': targetFpr,
      duplicates,
      'keep-shortcuts': keepShortcuts,
      ...(classWeights && { 'class-weights': classWeights }),
      ...(sampling && { sampling }),
      ...(set.length > 0 && { set }),
      ...(search > 0 && { search }),
      details: true,
    },
    data: { train: { sha256: report.data.train.sha256 }, test: { sha256: report.data.test.sha256 } },
    report,
  };
}

/**
 * What such a file says; undefined for one that is none (options alone). Files that lie beside it are found there.
 *
 * @throws SondeError `usage` for one that says it is one and does not fit.
 */
export function experimentOf(content: object, path: string): Experiment | undefined {
  if (!('schema' in content)) return undefined;
  const parsed = shape.safeParse(content);
  if (!parsed.success) {
    const what = `${path}: is no experiment of this version (${SCHEMA})`;
    throw new SondeError('usage', what, path, 'Export it again in the lab, or write the options alone.');
  }
  const beside = (value: unknown): unknown => {
    if (typeof value !== 'string' || isAbsolute(value)) return value;
    const near = join(dirname(path), value);
    return existsSync(near) ? near : value;
  };
  const { options } = parsed.data;
  const files = Object.fromEntries(
    ['train', 'test'].flatMap((name) => {
      const value = options[name];
      return Array.isArray(value) ? [[name, value.map(beside)]] : [];
    }),
  );
  return { ...parsed.data, options: { ...options, ...files } };
}

/** A warning where the files of those names are not those that the experiment was made with. */
export function otherData({ data }: Experiment, report: EvaluationReport): Warning[] {
  const parts = ['train', 'test'] as const;
  const other = parts.filter((part) => data[part].sha256 !== report.data[part].sha256);
  if (other.length === 0) return [];
  const which = other.map((part) => (part === 'train' ? 'training' : 'test')).join(' and ');
  return [{ code: 'other-data', message: `the ${which} data are not those of the experiment (their SHA-256 differs)` }];
}
