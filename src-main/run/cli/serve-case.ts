/** `sonde serve CASE`: the case is opened beside itself, and its database served. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isCaseFile } from '../../../src-shared/domain/case-file.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { DATABASE } from '../../keep/exports/case/manifest.ts';
import { openCase } from '../api/cases/open.ts';
import { usageError, type Parsed } from './arguments.ts';
import { folderOfCase } from './commands/case.ts';
import { say } from './errors.ts';

/** The arguments to serve it by; null where no case was named. @throws SondeError */
export async function argumentsForCase(args: readonly string[], { files, on }: Parsed): Promise<string[] | null> {
  const file = files.find((each) => isCaseFile(each));
  if (file === undefined) return null;
  if (files.length > 1 || on('db') || on('keep')) {
    const cure = `Write sonde serve ${file}, or open it first: sonde case open ${file}.`;
    throw usageError('a case is served alone', file, cure);
  }
  const folder = folderOfCase(file);
  const database = join(folder, DATABASE);
  try {
    await openCase(file, folder);
  } catch (error) {
    if (!(error instanceof SondeError) || error.code !== 'write-failed' || !existsSync(database)) throw error;
    throw new SondeError(error.code, error.message, error.where, `It was opened before: sonde serve --db ${database}.`);
  }
  say(`${file}: every part is as it was exported; opened in ${folder}`);
  return [...args.filter((arg) => arg !== file), '--db', database];
}
