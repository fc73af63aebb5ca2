import { writeFileSync } from 'node:fs';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { REGIMES, type FileLook } from '../../../../src-shared/contract/topics/lab.ts';
import { experimentFile } from '../../../detect/lab/experiment.ts';
import { inspect, type Inspected } from '../../../detect/lab/formats/inspect.ts';
import { FORMATS } from '../../../detect/lab/formats/registry.ts';
import { detectorsOf, LAB_DETECTORS } from '../../../detect/lab/lab-detectors.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';
import { fileOf, removeFiles } from './captures.ts';

/** A download of this text. */
function madeFile({ downloads }: Desk, name: string, text: string): { download: string; name: string; bytes: number } {
  const held = downloads.place(name);
  try {
    writeFileSync(held.path, text, { mode: 0o600, flag: 'wx' });
    return { download: held.id, name: held.name, bytes: downloads.get(held.id).bytes };
  } catch (error) {
    downloads.remove(held.id);
    throw error;
  }
}

function lookOf({ format, why = '', delimiter, columns = [], labels = [] }: Inspected): FileLook {
  const known = columns.map(({ name, type, role, values }) => ({ name, type, role, values }));
  return { format: format ?? null, why, delimiter: delimiter ?? null, columns: known, labels };
}

function plainStem(name: string): string {
  return name.replaceAll(/\.(txt|csv|json|log|labeled|gz)\b/gi, '').replaceAll(/[^\p{L}\p{N}._+-]+/gu, '-');
}

export function labHandlers(desk: Desk): DeskHandlers['lab'] {
  const { readers, lab } = desk;
  return {
    choices: () => ({
      regimes: REGIMES.map((regime) => ({ regime, detectors: detectorsOf(regime) })),
      parameters: LAB_DETECTORS.filter(({ parameters }) => parameters.length > 0).map(({ id, parameters }) => ({
        detector: id,
        parameters: parameters.map(({ search, ...said }) => ({ ...said, searched: search !== undefined })),
      })),
      formats: FORMATS.map(({ id, title }) => ({ id, title })),
    }),
    look: async ({ file }) => {
      const held = fileOf(desk, file);
      try {
        return lookOf(await inspect(held.path));
      } finally {
        if (file.kind === 'upload') desk.uploads.remove(file.id);
      }
    },
    start: async ({ name, train, test, ...options }, { caller }) => {
      const [learned, judged] = [train, test].map((sources) => sources.map((source) => fileOf(desk, source)));
      const files = [...learned!, ...judged!];
      const called = name ?? files.map((file) => file.name).join(', ');
      const split = judged!.length > 0 ? 'official' : options.split;
      const asked = { ...options, split };
      const job = lab.add({ name: called, user: caller.user, train: learned!, test: judged!, options: asked });
      // Of what came to nothing no upload stays; where this cannot be done now, the next start does it.
      void lab
        .whenEnded(job)
        .then(() =>
          removeFiles(
            desk,
            files.map(({ path }) => path),
          ),
        )
        .catch(() => undefined);
      await desk.audit(caller.user, 'experiment', called, options.regime);
      return { job };
    },
    jobs: () => ({ jobs: lab.list() }),
    progress: async (_, emit, { signal }) => {
      const end = lab.listen(emit);
      for (const state of lab.list().reverse()) emit(state);
      await whenCancelled(signal);
      end();
    },
    cancel: async ({ job }, { caller }) => {
      await desk.audit(caller.user, 'cancel', lab.cancel(job));
      return {};
    },
    list: async (_, { signal }) => ({ experiments: await readers.ask('listExperiments', [], signal) }),
    get: ({ id }, { signal }) => readers.ask('getExperiment', [id], signal),
    remove: async ({ id }, { caller }) => {
      const { row } = await readers.ask('getExperiment', [id]);
      const files = await readers.ask('filesOfExperiment', [id]);
      await desk.store.removeExperiment(id);
      await removeFiles(desk, files);
      await desk.audit(caller.user, 'remove', row.name, 'experiment');
      desk.changes.tell({ what: 'lab', capture: null });
      return {};
    },
    export: async ({ id }, { caller, signal }) => {
      const { row, report } = await readers.ask('getExperiment', [id], signal);
      const content = experimentFile(row.name, new Date(row.createdAt).toISOString(), row.options, report);
      const made = madeFile(desk, `${plainStem(row.name)}-experiment.json`, `${JSON.stringify(content)}\n`);
      await desk.audit(caller.user, 'export', row.name, 'experiment');
      return made;
    },
    figure: async ({ name, kind, text }, { caller }) => {
      const made = madeFile(desk, `${plainStem(name)}.${kind}`, text);
      await desk.audit(caller.user, 'export', made.name, 'figure');
      return made;
    },
  };
}
