import { plural } from '../../../../src-shared/domain/amounts.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { CASE_ENDING } from '../../../keep/exports/case/manifest.ts';
import { caseInThread } from '../cases/thread.ts';
import type { Desk } from '../desk.ts';

/** Characters of the title in the name of the file. */
const STEM_MAX = 60;

const stemOf = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, STEM_MAX)
    .replace(/^-|-$/g, '') || 'case';

export function caseHandlers(desk: Desk): DeskHandlers['cases'] {
  return {
    export: async ({ incidents, title, note }, { caller, signal }) => {
      const running = incidents.find(({ capture }) => desk.live.isWriting(capture) || desk.jobs.isImporting(capture));
      if (running)
        throw new SondeError(
          'not-allowed',
          'this capture is still being written',
          String(running.capture),
          'Wait for its end, or stop it.',
        );
      const held = desk.downloads.place(`${stemOf(title)}${CASE_ENDING}`);
      const { file: database, rings } = desk;
      const options = { database, rings, incidents, out: held.path, title, note, now: desk.now(), user: caller.user };
      try {
        const { sha256, captures } = await caseInThread(options, signal);
        await desk.audit(
          caller.user,
          'export',
          title,
          `${plural(incidents.length, 'incident')} as a case, SHA-256 ${sha256}`,
        );
        const left = captures
          .filter((each) => each.left !== '')
          .map((each) => ({ capture: each.name, why: each.left }));
        return { download: held.id, name: held.name, bytes: desk.downloads.get(held.id).bytes, sha256, left };
      } catch (error) {
        desk.downloads.remove(held.id);
        throw error;
      }
    },
  };
}
