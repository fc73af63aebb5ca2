/** The desk's pages: serve and the window show them. */
import { join } from 'node:path';
import { arePagesThere, BUILD_PAGES, deskPages } from '../../paths.ts';
import { ok, warning, type Check, type CheckResult } from '../types.ts';

export function pagesIn(folder: string): CheckResult {
  if (arePagesThere(folder)) return ok('the desk is built');
  const what = `the desk is not built: ${join(folder, 'index.html')} is not there`;
  return warning(`${what}; the command line does without it`, `${BUILD_PAGES}.`);
}

export const pages: Check = {
  id: 'desk',
  title: 'Desk',
  run: async () => pagesIn(deskPages()),
};
