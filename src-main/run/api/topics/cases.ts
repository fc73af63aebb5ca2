import { plural } from '../../../../src-shared/domain/amounts.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { CASE_ENDING } from '../../../../src-shared/domain/case-file.ts';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { OpenedCase } from '../../../../src-shared/contract/topics/cases.ts';
import { fleetPacketsOf } from '../cases/fleet.ts';
import { caseInThread } from '../cases/thread.ts';
import type { Desk } from '../desk.ts';
import { withPlainNames } from '../files.ts';
import { fileOf } from './captures.ts';

/** Characters of the title in the name of the file. */
const STEM_MAX = 60;

const stemOf = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, STEM_MAX)
    .replace(/^-|-$/g, '') || 'case';

/** Opens it beside the desk for `user`, as `file`; the log says who did. @throws SondeError as `OpenedCases.add` does */
export async function openCaseFor(
  desk: Desk,
  user: string,
  { path, name }: { path: string; name: string },
  signal?: CancelSignal,
): Promise<OpenedCase> {
  const about = await desk.cases.add(path, name, signal);
  await desk.audit(user, 'open-case', about.title, `${about.file}, SHA-256 ${about.sha256}`);
  return about;
}

/** What was sent for it is no longer needed once it is taken apart, or is none. @throws SondeError */
async function opened(
  desk: Desk,
  source: Input<typeof contract.cases.open>['file'],
  user: string,
  signal: CancelSignal,
): Promise<OpenedCase> {
  const { path, name } = fileOf(desk, source);
  try {
    return await openCaseFor(desk, user, { path, name }, signal);
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    const { code, message, cure } = error;
    throw new SondeError(code, withPlainNames(message, [path]), name, cure, { cause: error });
  } finally {
    if (source.kind === 'upload') desk.uploads.remove(source.id);
  }
}

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
      let remove = (): void => undefined;
      try {
        const handed = await fleetPacketsOf({ desk, user: caller.user, signal }, incidents);
        remove = () => handed.remove();
        const facts = { title, note, now: desk.now(), user: caller.user };
        const options = { database, rings, incidents, fleet: handed.captures, out: held.path, ...facts };
        const { sha256, captures } = await caseInThread({ task: 'make', options }, signal);
        await desk.audit(
          caller.user,
          'export',
          title,
          `${plural(incidents.length, 'incident')} as a case, SHA-256 ${sha256}`,
        );
        const left = captures
          .filter((each) => each.left !== '')
          .map((each) => ({ capture: each.name, why: each.left, some: each.packets > 0 }));
        return { download: held.id, name: held.name, bytes: desk.downloads.get(held.id).bytes, sha256, left };
      } catch (error) {
        desk.downloads.remove(held.id);
        throw error;
      } finally {
        remove();
      }
    },
    open: ({ file }, { caller, signal }) => opened(desk, file, caller.user, signal),
    opened: () => ({ cases: desk.cases.list(), opening: desk.cases.listComing() }),
    current: () => ({ case: desk.ofCase }),
    putAway: async ({ id }, { caller }) => {
      const file = await desk.cases.callOff(id);
      if (file !== undefined) {
        await desk.audit(caller.user, 'open-case', file, 'called off');
        return {};
      }
      const about = await desk.cases.remove(id);
      await desk.audit(caller.user, 'open-case', about.title, 'put away');
      desk.changes.tell({ what: 'captures', capture: null });
      return {};
    },
  };
}
