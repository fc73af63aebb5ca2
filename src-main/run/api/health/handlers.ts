import { writeFileSync } from 'node:fs';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { logLines } from '../../doctor/bundle.ts';
import { examine } from '../../doctor/examine.ts';
import { CHECKS } from '../../doctor/registry.ts';
import type { Check, CheckContext, Finding } from '../../doctor/types.ts';
import { checkUnused, ownPlaces } from '../../own-data.ts';
import { dataFolder, deskDatabase } from '../../paths.ts';
import type { Desk } from '../desk.ts';
import { inThread } from './in-thread.ts';

/** Lines of the log that are shown. */
const LINES = 400;
/** The answer reaches who asked before the program ends, ms. */
const FAREWELL_MS = 300;

const contextOf = (desk: Desk): CheckContext => ({
  database: desk.database ?? null,
  dataFolder: dataFolder(),
  thorough: false,
});

/** As `sonde doctor`; the database is looked into on a thread. */
function checksOf(signal: CancelSignal): Check[] {
  return CHECKS.map((check) =>
    check.id === 'database'
      ? { ...check, run: async (context) => (await inThread({ what: 'database', context }, signal)) as Finding }
      : check,
  );
}

function stamp(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

async function bundle(desk: Desk, signal: CancelSignal): Promise<{ download: string; name: string; bytes: number }> {
  const context = contextOf(desk);
  const findings = await examine(context, checksOf(signal));
  const document = await inThread({ what: 'bundle', context, findings, now: desk.now() }, signal);
  const held = desk.downloads.place(`sonde-diagnostics-${stamp(desk.now())}.json`);
  writeFileSync(held.path, `${JSON.stringify(document, null, 1)}\n`, { mode: 0o600 });
  return { download: held.id, name: held.name, bytes: desk.downloads.get(held.id).bytes };
}

/** The database that somebody named is theirs; that of the desk is Sonde's. */
function stays({ database }: Desk): string[] {
  return database === undefined || database === deskDatabase() ? [] : [database];
}

export function healthHandlers(desk: Desk): DeskHandlers['health'] {
  return {
    examine: async (_, { signal }) => ({ version: VERSION, checks: await examine(contextOf(desk), checksOf(signal)) }),
    log: () => {
      const lines = logLines();
      return { lines: lines.slice(-LINES), more: lines.length > LINES };
    },
    bundle: async (_, { caller, signal }) => {
      const made = await bundle(desk, signal);
      await desk.audit(caller.user, 'diagnostics', made.name, 'nothing of the traffic is in it');
      return made;
    },
    ownData: () => ({
      places: ownPlaces().map(({ path, what, bytes, heldBy }) => ({ path, what, bytes, held: heldBy !== undefined })),
      stays: stays(desk),
    }),
    deleteAll: async (_, { caller }) => {
      const { leave } = desk.endings;
      if (leave === undefined) {
        const cure = 'End the program, and run: sonde delete-data --yes';
        throw new SondeError('not-allowed', 'this desk cannot end its program', 'delete-data', cure);
      }
      checkUnused(desk.database);
      const places = ownPlaces().filter(({ heldBy }) => heldBy === undefined);
      await desk.audit(caller.user, 'delete-data', places.map(({ path }) => path).join(', '), 'asked for');
      setTimeout(leave, FAREWELL_MS).unref();
      return {};
    },
  };
}
