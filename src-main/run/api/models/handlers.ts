/** Models of the lab, behind the contract. */
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract, DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { LabMapping } from '../../../../src-shared/contract/topics/lab.ts';
import {
  MOST_HISTORY,
  notesOnDisk,
  type KeptModel,
  type ModelNotes,
  type TrainOptions,
} from '../../../../src-shared/contract/topics/models.ts';
import type { LabModelRow, ModelSource, Promotion, RetrainSchedule } from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { FORMATS } from '../../../detect/lab/formats/registry.ts';
import { LAB_DETECTORS } from '../../../detect/lab/lab-detectors.ts';
import { saveableDetectors } from '../../../detect/lab/lab-model-file.ts';
import type { ModelChange } from '../../../keep/store/types.ts';
import { whenFree } from '../../../keep/store/when-free.ts';
import { checkKept } from '../../pipeline/lab-models.ts';
import { LAST_SETTING, nextTurn, SCHEDULE_SETTING, scheduleOf } from '../../pipeline/retrain/schedule.ts';
import type { Desk } from '../desk.ts';
import { fileOf } from '../topics/captures.ts';
import { forgetWhenEnded, knownParameters, madeFile, plainStem } from '../topics/lab.ts';
import type { MadeModel, ModelData } from './messages.ts';
import { madeBy } from './once.ts';

type Training = Input<typeof contract.models.train>;

interface NamedFile {
  path: string;
  name: string;
}

/** What a model is learned from, and how it is noted. */
interface Lesson {
  name: string;
  files: readonly NamedFile[];
  source: ModelSource;
  /** null: as the one before. */
  options: TrainOptions | null;
  mapping?: LabMapping | undefined;
  before: { id: number; name: string; bytes: Uint8Array } | null;
}

/** null for what this desk has not written. */
function notesOf(text: string): ModelNotes | null {
  if (text === '') return null;
  try {
    const parsed = notesOnDisk.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

const keptOf = ({ notes, ...row }: LabModelRow): KeptModel => ({ ...row, notes: notesOf(notes) });

/** Files of an experiment that it learned from. @throws SondeError `not-found` */
async function filesOf({ readers }: Desk, experiment: number): Promise<{ name: string; files: NamedFile[] }> {
  const { row } = await readers.ask('getExperiment', [experiment]);
  const paths = await readers.ask('filesOfExperiment', [experiment]);
  return { name: row.name, files: row.options.train.map((name, i) => ({ path: paths[i]!, name })) };
}

/** How long a change of what scores waits for another program that writes to the database, ms. */
const PATIENCE_MS = 30_000;

export function modelHandlers(desk: Desk): DeskHandlers['models'] {
  const { readers, store } = desk;
  const told = (): void => desk.changes.tell({ what: 'models', capture: null });
  const by = (user: string, why = ''): ModelChange => ({ at: desk.now(), user, why });

  let waiting = 0;
  /** Makes a change once nobody else writes; meanwhile whoever looks is told that it waits. */
  const decide = async (change: () => Promise<Promotion>): Promise<{ promotion: Promotion }> => {
    let waits = 0;
    const onWait = (): void => {
      waits = 1;
      waiting++;
      told();
    };
    try {
      return { promotion: await whenFree(change, { forMs: PATIENCE_MS, onWait }) };
    } finally {
      waiting -= waits;
      told();
    }
  };

  const keep = async (made: MadeModel, name: string, user: string, source: ModelSource, notes: ModelNotes) => {
    const { bytes, sha256, summary, promotable } = made;
    const row = { name, createdAt: desk.now(), user, source, summary, promotable, sha256, bytes };
    const id = await store.addLabModel({ ...row, notes: JSON.stringify(notes) });
    told();
    return id;
  };

  const learn = (lesson: Lesson, user: string): number => {
    const { name, source, before, options, mapping = null } = lesson;
    const files = lesson.files.map(({ path }) => path);
    const names = lesson.files.map((file) => file.name);
    const data: ModelData = { kind: 'train', files, names, options, mapping, before: before?.bytes ?? null };
    const job = desk.lab.add<MadeModel>({
      kind: 'model',
      name,
      worker: 'run/api/models/model.worker',
      data,
      files,
      keep: async (made) => {
        const contest = made.contest;
        const followed = before && contest ? { id: before.id, name: before.name, contest } : null;
        const notes = { options: made.options, warnings: made.warnings, before: followed };
        return { model: await keep(made, name, user, source, notes) };
      },
    });
    forgetWhenEnded(desk, job, files);
    return job;
  };

  const lessonOf = async ({ data, name, options }: Training): Promise<Lesson> => {
    if (data.kind === 'experiment') {
      const { name: called, files } = await filesOf(desk, data.experiment);
      const source: ModelSource = { kind: 'experiment', detail: String(data.experiment) };
      return { name: name ?? called, files, source, options, before: null };
    }
    const files = data.files.map((file) => fileOf(desk, file));
    const names = files.map((file) => file.name).join(', ');
    return { name: name ?? names, files, source: { kind: 'records', detail: names }, options, before: null };
  };

  /** Sets what is given. Two who do so at once each find what the other has set. */
  const reschedule = async ({ enabled, hour }: Input<typeof contract.models.setSchedule>): Promise<RetrainSchedule> => {
    for (;;) {
      const kept = await store.setting(SCHEDULE_SETTING);
      const before = scheduleOf(kept);
      const next = { enabled: enabled ?? before.enabled, hour: hour ?? before.hour };
      // Turned on, it begins with the next time that it is that hour.
      if (next.enabled && !before.enabled) await store.setSetting(LAST_SETTING, desk.now());
      if (await store.swapSetting(SCHEDULE_SETTING, kept, next)) return next;
    }
  };

  return {
    choices: () => {
      const kept = new Set(saveableDetectors());
      const detectors = LAB_DETECTORS.filter(({ id }) => kept.has(id));
      return {
        detectors: detectors.map(({ id, supervised }) => ({ id, supervised })),
        parameters: knownParameters(detectors),
        formats: FORMATS.map(({ title }) => title),
      };
    },
    train: async (input, { caller }) => {
      const lesson = await lessonOf(input);
      const job = learn(lesson, caller.user);
      await desk.audit(caller.user, 'model-train', lesson.name, input.options.detector);
      return { job };
    },
    retrain: async ({ model, name, files: sources, mapping }, { caller }) => {
      const row = keptOf(await readers.ask('getLabModel', [model]));
      const bytes = await readers.ask('labModelBytes', [model]);
      const files = sources.map((file) => fileOf(desk, file));
      const options = row.notes?.options ?? null;
      const called = name ?? `${row.name} (again)`;
      const source: ModelSource = { kind: 'retrain', detail: files.map((file) => file.name).join(', ') };
      const before = { id: model, name: row.name, bytes };
      const job = learn({ name: called, files, source, options, mapping, before }, caller.user);
      await desk.audit(caller.user, 'model-train', called, `as ${row.name}`);
      return { job };
    },
    list: async (_, { signal }) => ({ models: (await readers.ask('listLabModels', [], signal)).map(keptOf) }),
    import: async ({ file, name }, { caller, signal }) => {
      const held = fileOf(desk, file);
      const called = name ?? held.name.replace(/\.[^.]+$/, '');
      try {
        const made = await madeBy({ kind: 'read', path: held.path, name: held.name }, signal);
        const source: ModelSource = { kind: 'import', detail: held.name };
        const id = await keep(made, called, caller.user, source, { options: null, warnings: [], before: null });
        await desk.audit(caller.user, 'model-import', called, `SHA-256 ${made.sha256}`);
        return { id };
      } finally {
        if (file.kind === 'upload') desk.uploads.remove(file.id);
      }
    },
    rename: async ({ id, name }, { caller }) => {
      const { name: before } = await readers.ask('getLabModel', [id]);
      await store.renameLabModel(id, name);
      await desk.audit(caller.user, 'model-rename', name, `before: ${before}`);
      told();
      return {};
    },
    remove: async ({ id }, { caller }) => {
      if (!(await store.removeLabModel(id, by(caller.user)))) {
        throw new SondeError('not-found', 'this model is no longer there', String(id), 'Choose another one.');
      }
      told();
      return {};
    },
    export: async ({ id }, { caller, signal }) => {
      const { name } = await readers.ask('getLabModel', [id], signal);
      const bytes = await readers.ask('labModelBytes', [id], signal);
      const made = madeFile(desk, `${plainStem(name)}.sonde-model`, bytes);
      await desk.audit(caller.user, 'export', name, 'model');
      return made;
    },
    promote: async ({ id, slot, why }, { caller }) => {
      const row = await readers.ask('getLabModel', [id]);
      await checkKept(row, await readers.ask('labModelBytes', [id]));
      return decide(() => store.promoteLabModel(id, slot ?? row.summary.detector, by(caller.user, why)));
    },
    rollBack: ({ slot, why }, { caller }) => decide(() => store.rollBackLabModel(slot, by(caller.user, why))),
    withdraw: ({ slot, why }, { caller }) => decide(() => store.withdrawLabModel(slot, by(caller.user, why))),
    promotions: async (_, { signal }) => {
      const [kept, history] = await Promise.all([
        readers.ask('listLabModels', [], signal),
        readers.ask('listPromotions', [MOST_HISTORY], signal),
      ]);
      const inUse = kept.flatMap(({ id, name, slots }) => slots.map((slot) => ({ slot, id, name })));
      return { inUse: inUse.sort((a, b) => (a.slot < b.slot ? -1 : 1)), history, waiting: waiting > 0 };
    },
    schedule: async (_, { signal }) => {
      const schedule = scheduleOf(await store.setting(SCHEDULE_SETTING));
      const runs = await readers.ask('listRetrainRuns', [MOST_HISTORY], signal);
      return { ...schedule, next: nextTurn(schedule, desk.now()), running: desk.retraining.running, runs };
    },
    setSchedule: async (change, { caller }) => {
      const schedule = await reschedule(change);
      const detail = schedule.enabled ? `every day at ${schedule.hour}:00` : 'off';
      await desk.audit(caller.user, 'settings', 'retraining', JSON.stringify({ retraining: detail }));
      told();
      return {};
    },
    retrainNow: async (_, { caller }) => {
      desk.retraining.runNow(caller.user);
      await desk.audit(caller.user, 'model-retrain', 'daily learning', 'asked for');
      return {};
    },
  };
}
