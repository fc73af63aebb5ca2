/** A folder of many files of Sigma rules as one that is sent at once; each part says which file it was. */
import { SIGMA_FILE_MARK } from '../../../src-shared/contract/topics/rules.ts';
import type { Chosen } from '../lab/use-sending.ts';

const BREAKS = /[\r\n]+/g;

/** Files to be sent become one; paths of the program's machine stay as they are. */
export function bundleOf(chosen: readonly Chosen[]): Chosen[] {
  const files = chosen.filter((one) => one.kind === 'file');
  const paths = chosen.filter((one) => one.kind === 'path');
  const parts = files.flatMap(({ file, name }) => [`${SIGMA_FILE_MARK}${name.replace(BREAKS, ' ')}\n`, file, '\n']);
  const [first] = files;
  if (!first) return paths;
  const folder = first.name.split('/')[0] ?? '';
  const name = `${folder === '' ? 'rules' : folder} (${files.length} files)`;
  return [...paths, { kind: 'file', file: new File(parts, `${folder}.yml`), name }];
}
