/** Files of Sigma rules to what is kept of them: each rule with its text, and why the others are refused. */
import { createHash } from 'node:crypto';
import { SIGMA_FILE_MARK } from '../../../../src-shared/contract/topics/rules.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { detectorOf } from '../../../detect/signatures/sigma/finding.ts';
import type { Head } from '../../../detect/signatures/sigma/head.ts';
import { SIGMA_LIMITS } from '../../../detect/signatures/sigma/limits.ts';
import { Sigma, type SigmaText } from '../../../detect/signatures/sigma/sigma.ts';
import { sigmaFiles } from '../../pipeline/sigma-files.ts';
import { readText } from '../../pipeline/rules/read-text.ts';
import type { NamedPath } from './messages.ts';
import type { ReadRules } from './read-rules.ts';
import { numberOf } from './sigma-number.ts';

/** Graver ones first, as priorities have it. */
const PRIORITIES: Readonly<Record<Head['level'], number>> = {
  critical: 1,
  high: 1,
  medium: 2,
  low: 3,
  informational: 4,
};

/** A text to the files that were put together in it. */
function partsOf({ file, text }: SigmaText): SigmaText[] {
  const marks = [...text.matchAll(new RegExp(`^${SIGMA_FILE_MARK}(.*)$`, 'gm'))];
  const [first] = marks;
  if (!first) return [{ file, text }];
  const before = text.slice(0, first.index);
  const parts = marks.map(({ index, 1: name = '', 0: mark }, i): SigmaText => {
    return { file: name.trim(), text: text.slice(index + mark.length + 1, marks[i + 1]?.index) };
  });
  return before.trim() === '' ? parts : [{ file, text: before }, ...parts];
}

/** @throws SondeError where a file cannot be read, or a folder has none */
export async function sigmaTexts(from: readonly NamedPath[]): Promise<SigmaText[]> {
  const texts: SigmaText[] = [];
  for (const { path, name } of from) {
    const files = await sigmaFiles(path);
    if (files.length === 0) {
      const cure = 'Name the files, or give them names that end in .yml.';
      throw new SondeError('not-found', `${name}: no file in it ends in .yml or .yaml`, name, cure);
    }
    for (const file of files) {
      const text = await readText(file, SIGMA_LIMITS.fileBytes);
      texts.push(...partsOf({ file: file === path ? name : file, text }));
    }
  }
  return texts;
}

/** @throws SondeError where there is no rule at all */
export function readSigmaRules(texts: readonly SigmaText[]): ReadRules {
  const { set } = Sigma.of(texts);
  const heads: Head[] = [...set.rules, ...set.correlations];
  if (heads.length + set.refusedTotal === 0) {
    const named = texts.map(({ file }) => file).join(', ');
    throw new SondeError('bad-request', `${named}: no Sigma rule stands in it`, named, 'Choose files of Sigma rules.');
  }
  const taken = new Set<number>();
  const rules = heads.map((head) => {
    const { level, title, text } = head;
    const sid = freeNumber(detectorOf(head), taken);
    const priority = PRIORITIES[level];
    return { gid: 0, sid, rev: 0, priority, message: title, classtype: `sigma-${level}`, text: plainDocument(text) };
  });
  const refused = set.refused.map(({ file, line, rule, key, reason }) => {
    return { file, line, sid: 0, keyword: key, reason: rule === '' ? reason : `“${rule}”: ${reason}` };
  });
  const hash = createHash('sha256');
  for (const { file, text } of texts) hash.update(`${file}\0${text}\0`);
  return { rules, refused, refusedTotal: set.refusedTotal, sha256: hash.digest('hex') };
}

/** Rules of one id or title in a set are told apart by their place among them. */
function freeNumber(detector: string, taken: Set<number>): number {
  for (let i = 1; ; i++) {
    const number = numberOf(i === 1 ? detector : `${detector} ${i}`);
    if (taken.has(number)) continue;
    taken.add(number);
    return number;
  }
}

/** Without the dashes that part documents, and blank lines around it. */
function plainDocument(text: string): string {
  return text
    .replace(/^---[^\S\n]*\n/, '')
    .replace(/^\s*\n/, '')
    .trimEnd();
}
