import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract, DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { ImportState } from '../../../../src-shared/contract/topics/captures.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { resourcePath } from '../../paths.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';
import { isOver } from '../import/jobs.ts';
import { movedAway } from '../packets/source.ts';
import { removeRing } from '../rings.ts';

type Source = Input<typeof contract.captures.import>['sources'][number];

/** Shortest time between two states of a job that a subscriber is told, ms. */
const TOLD_MS = 100;

const SAMPLE = ['sample', 'office-hour.pcapng.gz'] as const;

export function fileOf(desk: Desk, source: Source): { path: string; name: string } {
  switch (source.kind) {
    case 'upload': {
      const held = desk.uploads.get(source.id);
      desk.uploads.keep(source.id);
      return held;
    }
    case 'sample': {
      const path = resourcePath(...SAMPLE);
      if (existsSync(path)) return { path, name: 'Sample: an hour in a small office' };
      throw new SondeError(
        'not-found',
        'the sample capture is not installed',
        path,
        'Install Sonde again, or open a capture of yours.',
      );
    }
    case 'path':
      if (!desk.paths)
        throw new SondeError(
          'not-allowed',
          'files of the server cannot be opened from a browser',
          source.path,
          'Upload the file.',
        );
      return { path: source.path, name: basename(source.path) };
  }
}

/** Tells of one job or all; of a job that is told of often, the latest state every 100 ms. */
function follow(
  desk: Desk,
  job: number | null,
  emit: (state: ImportState) => void,
): { end(): void; over: Promise<void> } {
  const last = new Map<number, { stage: string; at: number }>();
  let over = (): void => undefined;
  const whenOver = new Promise<void>((resolve) => (over = resolve));
  const tell = (state: ImportState): void => {
    if (job !== null && state.job !== job) return;
    const known = last.get(state.job);
    const at = performance.now();
    if (known && known.stage === state.stage && at - known.at < TOLD_MS) return;
    last.set(state.job, { stage: state.stage, at });
    emit(state);
    if (job !== null && isOver(state)) over();
  };
  const end = desk.jobs.listen(tell);
  for (const state of job === null ? desk.jobs.list().reverse() : [desk.jobs.get(job)]) tell(state);
  return { end, over: whenOver };
}

/** Paths of the files that captures were read from, and experiments made with. */
export async function usedFiles({ readers }: Pick<Desk, 'readers'>): Promise<ReadonlySet<string>> {
  const [captures, tried] = await Promise.all([readers.ask('listCaptures', []), readers.ask('experimentFiles', [])]);
  const details = await Promise.all(captures.map(({ id }) => readers.ask('getCapture', [id])));
  return new Set([...tried, ...details.flatMap((d) => d.inputs.map((i) => i.path))]);
}

/** Removes uploaded files that no capture and no experiment names any more. */
export async function removeFiles(desk: Pick<Desk, 'readers' | 'uploads'>, paths: readonly string[]): Promise<void> {
  const used = await usedFiles(desk);
  for (const path of paths) if (!used.has(path)) desk.uploads.removePath(path);
}

const gone = (capture: number): SondeError =>
  new SondeError('not-found', 'this capture is no longer there', String(capture), 'Choose another one from the list.');

/** Files that a capture was read from, which are where they were. @throws SondeError `not-allowed`, `not-found` */
async function filesOf(desk: Desk, capture: number, signal: CancelSignal): Promise<{ name: string; paths: string[] }> {
  const detail = await desk.readers.ask('getCapture', [capture], signal);
  const { name, inputs } = detail;
  const isWritten = desk.live.isWriting(capture) || desk.jobs.isImporting(capture) || desk.fleet?.isWriting(capture);
  const paths = inputs.map(({ path }) => path).filter((path) => path !== '' && path !== '-');
  if (isWritten || paths.length === 0 || paths.length < inputs.length) {
    const cure = isWritten ? 'Wait for its end.' : 'Import the file that it is in.';
    throw new SondeError('not-allowed', `${name}: was read from no file`, String(capture), cure);
  }
  for (const path of paths)
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw movedAway(path, paths);
  return { name, paths };
}

export function captureHandlers(desk: Desk): DeskHandlers['captures'] {
  return {
    list: async (_, { signal }) => ({ captures: await desk.readers.ask('listCaptures', [], signal) }),
    get: ({ capture }, { signal }) => desk.readers.ask('getCapture', [capture], signal),
    import: async ({ sources, name }, { caller }) => {
      const files = sources.map((source) => fileOf(desk, source));
      const called = name ?? files.map((f) => f.name).join(', ');
      const paths = files.map((f) => f.path);
      const job = desk.jobs.add(paths, called);
      // Of an upload that was no capture nothing stays; where this cannot be done now, the next start does it.
      void desk.jobs
        .whenEnded(job)
        .then(() => removeFiles(desk, paths))
        .catch(() => undefined);
      await desk.audit(caller.user, 'import', called);
      return { job };
    },
    readAgain: async ({ capture }, { caller, signal }) => {
      const { name, paths } = await filesOf(desk, capture, signal);
      const job = desk.jobs.add(paths, name);
      await desk.audit(caller.user, 'import', name, `capture ${capture}, read again`);
      return { job };
    },
    cancelImport: async ({ job }, { caller }) => {
      const { name } = desk.jobs.get(job);
      desk.jobs.cancel(job);
      await desk.audit(caller.user, 'cancel', name);
      return {};
    },
    imports: () => ({ jobs: desk.jobs.list() }),
    progress: async ({ job }, emit, { signal }) => {
      const following = follow(desk, job, emit);
      await Promise.race([whenCancelled(signal), following.over]);
      following.end();
    },
    remove: async ({ capture }, { caller }) => {
      if (desk.live.isWriting(capture)) {
        throw new SondeError('not-allowed', 'this session still runs', String(capture), 'Stop it first.');
      }
      if (desk.fleet.isWriting(capture)) {
        const cure = 'Disconnect the fleet first (in the view Fleet, or by a start without --fleet).';
        throw new SondeError('not-allowed', 'incidents of a fleet are kept in it', String(capture), cure);
      }
      if (desk.jobs.isImporting(capture)) {
        throw new SondeError(
          'not-allowed',
          'this capture is still being imported',
          String(capture),
          'Cancel the import first.',
        );
      }
      const { name, inputs } = await desk.readers.ask('getCapture', [capture]);
      await desk.store.removeCapture(capture);
      removeRing(desk.rings, capture);
      desk.looks.forget(capture);
      await removeFiles(
        desk,
        inputs.map((i) => i.path),
      );
      await desk.audit(caller.user, 'remove', name);
      desk.changes.tell({ what: 'captures', capture });
      desk.changes.tell({ what: 'incidents', capture });
      return {};
    },
    dismissQuality: async ({ capture, code, dismissed }, { caller }) => {
      const by = dismissed ? { at: desk.now(), user: caller.user } : null;
      const name = await desk.readers.ask('captureName', [capture]);
      if (name === null || !(await desk.store.dismissQuality(capture, code, by))) throw gone(capture);
      await desk.audit(caller.user, 'quality', name, `${code}: ${dismissed ? 'put away' : 'shown again'}`);
      desk.changes.tell({ what: 'captures', capture });
      return {};
    },
    rename: async ({ capture, name }, { caller }) => {
      const before = (await desk.readers.ask('listCaptures', [])).find(({ id }) => id === capture)?.name;
      if (!(await desk.store.renameCapture(capture, name))) {
        throw gone(capture);
      }
      await desk.audit(caller.user, 'rename', name, `before: ${before ?? ''}`);
      desk.changes.tell({ what: 'captures', capture });
      return {};
    },
  };
}
