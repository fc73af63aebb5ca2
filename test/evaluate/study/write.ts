/** The page and its figures on disk. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { judgedOf, type Judged } from './analysis.ts';
import { documentOf, type Study } from './document.ts';
import { figuresOf, type Figure } from './figures.ts';
import type { Part } from './part.ts';
import { ROOT, SETS } from './sets.ts';
import type { Training } from './training.ts';

/** Samples are judged by nothing: they have no figures. */
export function studyOf(parts: readonly Part[], training?: Training): Study {
  const judged = SETS.map((set) => judgedOf(set, parts)).filter((each) => each !== undefined);
  const known = new Set(judged.map(({ set }) => set));
  const figures = new Map<Judged, Figure[]>(judged.map((each) => [each, each.set.isSample ? [] : figuresOf(each)]));
  return { judged, missing: SETS.filter((set) => !known.has(set)), parts, figures, training };
}

/** Writes docs/study.md and docs/study/*.svg, and takes away figures of before. What was written. */
export function writeStudy(parts: readonly Part[], training: Training | undefined): string[] {
  const page = join(ROOT, 'docs', 'study.md');
  const folder = join(ROOT, 'docs', 'study');
  const study = studyOf(parts, training);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith('.svg')) rmSync(join(folder, name));
  const figures = [...study.figures.values()].flat();
  for (const { name, svg } of figures) writeFileSync(join(folder, `${name}.svg`), svg);
  writeFileSync(page, documentOf(study));
  return [relative(ROOT, page), `${figures.length} figures in ${relative(ROOT, folder)}`];
}
