/** Files and folders of rules as people name them: which files that is, what stands in them, whether they changed. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { RULES_LIMITS } from '../../../detect/signatures/rules/limits.ts';
import { readText, unread } from './read-text.ts';
import { expectRules } from './look.ts';

/** Files of one run at most. */
const FILES_MAX = 4096;
const ENDING = '.rules';

export interface RuleText {
  /** As it is named in reports. */
  file: string;
  text: string;
}

/** The files themselves; of a folder those in it that end in .rules, by name. @throws SondeError where there are none */
export async function ruleFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    try {
      if ((await stat(path)).isDirectory()) files.push(...(await filesIn(path)));
      else files.push(path);
    } catch (error) {
      throw unread(error, path);
    }
    if (files.length > FILES_MAX)
      throw new SondeError('read-failed', `${path}: more than ${FILES_MAX} files of rules`, path, 'Name fewer.');
  }
  return [...new Set(files)];
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING)).sort();
  if (names.length > 0) return names.map((name) => join(folder, name));
  const what = `${folder}: no file in it ends in ${ENDING}`;
  const cure = `Name the files, or give them names that end in ${ENDING}. Sigma rules: --sigma.`;
  throw new SondeError('not-found', what, folder, cure);
}

/** @throws SondeError `not-found`, `read-failed` … where a file cannot be read; `unknown-format` where it is none of rules */
export async function ruleTexts(paths: readonly string[]): Promise<RuleText[]> {
  const texts: RuleText[] = [];
  for (const file of await ruleFiles(paths)) {
    const text = await readText(file, RULES_LIMITS.fileBytes);
    expectRules(file, text);
    texts.push({ file, text });
  }
  return texts;
}

/** Changes when one of the files is written, added or taken away. Never throws: what cannot be read is part of it. */
export async function stateOfFiles(paths: readonly string[]): Promise<string> {
  try {
    const states = (await ruleFiles(paths)).map(async (file) => {
      const { size, mtimeMs, ino } = await stat(file);
      return `${file} ${size} ${mtimeMs} ${ino}`;
    });
    return (await Promise.all(states)).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
