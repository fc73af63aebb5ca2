import { existsSync, writeFileSync } from 'node:fs';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { REGIMES } from '../../../../src-shared/domain/lab.ts';
import type { FileLook, KnownParameters, LabOptions } from '../../../../src-shared/contract/topics/lab.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { experimentFile } from '../../../detect/lab/experiment.ts';
import { inspect, type Inspected } from '../../../detect/lab/formats/inspect.ts';
import { FORMATS } from '../../../detect/lab/formats/registry.ts';
import { detectorsOf, LAB_DETECTORS } from '../../../detect/lab/lab-detectors.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';
import { withPlainNames } from '../files.ts';
import { inDeskWords } from '../lab/jobs.ts';
import type { Evaluated, LabData } from '../lab/messages.ts';
import { fileOf, removeFiles } from './captures.ts';

/** A download with this content. */
export function madeFile(
  { downloads }: Desk,
  name: string,
  text: string | Uint8Array,
): { download: string; name: string; bytes: number } {
  const held = downloads.place(name);
  try {
    writeFileSync(held.path, text, { mode: 0o600, flag: 'wx' });
    return { download: held.id, name: held.name, bytes: downloads.get(held.id).bytes };
  } catch (error) {
    downloads.remove(held.id);
    throw error;
  }
}

function lookOf(inspected: Inspected): FileLook {
  const { format, why = '', cure = '', delimiter, columns = [], labels = [], size = null } = inspected;
  const known = columns.map(({ name, type, role, values }) => ({ name, type, role, values }));
  const said = { why, cure: inDeskWords(cure) };
  return { format: format ?? null, ...said, delimiter: delimiter ?? null, columns: known, labels, size };
}

/** An error about a file that was sent, told by the name under which it came. */
function byItsName(error: unknown, path: string): unknown {
  if (!(error instanceof SondeError)) return error;
  const [message, where] = [error.message, error.where].map((text) => withPlainNames(text, [path]));
  return new SondeError(error.code, message!, where!, error.cure, { cause: error });
}

export function plainStem(name: string): string {
  return name.replaceAll(/\.(txt|csv|json|log|labeled|gz)\b/gi, '').replaceAll(/[^\p{L}\p{N}._+-]+/gu, '-');
}

interface NewExperiment {
  name: string;
  user: string;
  train: readonly NamedFile[];
  test: readonly NamedFile[];
  options: Omit<LabOptions, 'train' | 'test'>;
}

interface NamedFile {
  path: string;
  name: string;
}

/** Starts it. */
async function begin(desk: Desk, { name, user, train, test, options }: NewExperiment): Promise<number> {
  const pathsOf = (held: readonly NamedFile[]): string[] => held.map(({ path }) => path);
  const namesOf = (held: readonly NamedFile[]): string[] => held.map((file) => file.name);
  const asked: LabOptions = { ...options, train: namesOf(train), test: namesOf(test) };
  const data: LabData = { train: pathsOf(train), test: pathsOf(test), options: asked };
  const files = [...data.train, ...data.test];
  const job = desk.lab.add<Evaluated>({
    kind: 'experiment',
    name,
    worker: 'run/api/lab/lab.worker',
    data,
    files,
    keep: async ({ report, summary }, plain) => {
      const made = { name, createdAt: desk.now(), user, options: asked, files };
      const experiment = await desk.store.addExperiment({ ...made, summary, report: plain(report) });
      desk.changes.tell({ what: 'lab', capture: null });
      return { experiment };
    },
  });
  forgetWhenEnded(desk, job, files);
  await desk.audit(user, 'experiment', name, options.regime);
  return job;
}

/** As `removeFiles`, but for those that a job of the lab works on. */
async function removeUnread(desk: Desk, paths: readonly string[]): Promise<void> {
  await removeFiles(
    desk,
    paths.filter((path) => !desk.lab.reads(path)),
  );
}

/** One that was made of the same files by the same options, but for these. */
async function twin({ readers }: Desk, files: readonly string[], options: LabOptions): Promise<number | null> {
  const wanted = JSON.stringify(options);
  for (const row of await readers.ask('listExperiments', [])) {
    if (JSON.stringify(row.options) !== wanted) continue;
    const own = await readers.ask('filesOfExperiment', [row.id]);
    if (own.length === files.length && own.every((path, i) => path === files[i])) return row.id;
  }
  return null;
}

/** Of what nobody kept no upload stays; where this cannot be done now, the next start does it. */
export function forgetWhenEnded(desk: Desk, job: number, paths: readonly string[]): void {
  void desk.lab
    .whenEnded(job)
    .then(() => removeUnread(desk, paths))
    .catch(() => undefined);
}

export function knownParameters(detectors: typeof LAB_DETECTORS): KnownParameters {
  return detectors
    .filter(({ parameters }) => parameters.length > 0)
    .map(({ id, parameters }) => ({
      detector: id,
      parameters: parameters.map(({ search, ...said }) => ({ ...said, searched: search !== undefined })),
    }));
}

export function labHandlers(desk: Desk): DeskHandlers['lab'] {
  const { readers, lab } = desk;
  return {
    choices: () => ({
      regimes: REGIMES.map((regime) => ({ regime, detectors: detectorsOf(regime) })),
      parameters: knownParameters(LAB_DETECTORS),
      formats: FORMATS.map(({ id, title }) => ({ id, title })),
    }),
    look: async ({ file }) => {
      const held = fileOf(desk, file);
      try {
        return lookOf(await inspect(held.path));
      } catch (error) {
        throw byItsName(error, held.path);
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
      const { user } = caller;
      return { job: await begin(desk, { name: called, user, train: learned!, test: judged!, options: asked }) };
    },
    ablate: async ({ id }, { caller }) => {
      const { row } = await readers.ask('getExperiment', [id]);
      const paths = await readers.ask('filesOfExperiment', [id]);
      const options = { ...row.options, keepShortcuts: !row.options.keepShortcuts };
      const experiment = await twin(desk, paths, options);
      if (experiment !== null) return { job: null, experiment };
      const { train: learned, test: judged, ...rest } = options;
      const names = [...learned, ...judged];
      const files = paths.map((path, i) => ({ path, name: names[i]! }));
      const gone = files.find(({ path }) => !existsSync(path));
      if (gone) {
        const cure = 'Put it back, or begin a new experiment with the file where it is now.';
        throw new SondeError('not-found', `${gone.name}: is no longer where it was`, gone.name, cure);
      }
      const [train, test] = [files.slice(0, learned.length), files.slice(learned.length)];
      const name = `${row.name}, ${options.keepShortcuts ? 'with' : 'without'} shortcuts`;
      return { job: await begin(desk, { name, user: caller.user, train, test, options: rest }), experiment: null };
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
    list: async (_, { signal }) => {
      const [experiments, damaged] = await Promise.all([
        readers.ask('listExperiments', [], signal),
        readers.ask('damagedExperiments', [], signal),
      ]);
      return { experiments, damaged };
    },
    get: ({ id }, { signal }) => readers.ask('getExperiment', [id], signal),
    remove: async ({ id }, { caller }) => {
      const name = await readers.ask('nameOfExperiment', [id]);
      const files = await readers.ask('filesOfExperiment', [id]);
      await desk.store.removeExperiment(id);
      await removeUnread(desk, files);
      await desk.audit(caller.user, 'remove', name, 'experiment');
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
