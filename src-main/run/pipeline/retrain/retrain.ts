/** Retraining of a day: gathers flows, learns on a thread, and keeps what is better, in one step. */
import {
  DAILY_SLOTS,
  MOST_SLOTS,
  type DailySlot,
  type RetrainOutcome,
  type RetrainRun,
} from '../../../../src-shared/domain/lab-model.ts';
import { schemaId } from '../../../../src-shared/features/schema.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { FEATURE_COUNT } from '../../../detect/features/extract.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Readers } from '../../../keep/store/readers.ts';
import type { NewRetrainRun, Store } from '../../../keep/store/types.ts';
import { labModelEntry } from '../lab-models.ts';
import { startThread } from '../threads.ts';
import type { FromRetrain, RetrainData, Retrained } from './messages.ts';

const DAY_S = 86_400;
const MS = 1000;
/** Rows of each sort that are learned from. */
const MOST_ROWS = 12_000;
/** Features of ordinary flows are kept so long. */
const FEATURES_KEPT_S = 30 * DAY_S;
/** Models of the schedule that are kept of each slot. */
const VERSIONS = 10;
const SEED = 1;

export interface RetrainOptions {
  store: Store;
  readers: Pick<Readers, 'ask'>;
  /** The time that counts as now, milliseconds since 1970: the day before it is learned from. */
  now: number;
  user: string;
  trigger: RetrainRun['trigger'];
  signal?: AbortSignal | undefined;
  onProgress?: (step: string) => void;
}

/** @throws SondeError `cancelled`, or what the thread failed with. */
function learn(data: RetrainData, { signal, onProgress }: RetrainOptions): Promise<Record<DailySlot, Retrained>> {
  return new Promise((resolve, reject) => {
    const cancelled = (): SondeError =>
      new SondeError('cancelled', 'stopped: what scored goes on', 'retrain', 'Start it again.');
    if (signal?.aborted) return reject(cancelled());
    const thread = startThread('run/pipeline/retrain/retrain.worker', data, [], {
      onMessage: (message) => {
        const told = message as FromRetrain;
        if (told.type === 'step') onProgress?.(told.step);
        else if (told.type === 'failed') reject(errorOf(told.failure));
        else resolve({ 'daily-ordinary': told.ordinary, 'daily-judged': told.judged });
      },
      onEnd: (error) => {
        const what = 'the thread that learned ended';
        reject(error ?? new SondeError('worker-lost', what, 'retrain', 'Try again.'));
      },
    });
    const stop = (): void => {
      reject(cancelled());
      void thread.kill();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Keeps the model; undefined where there is no place for it to score. */
async function keep(
  { store, now, user }: RetrainOptions,
  slot: DailySlot,
  model: Uint8Array,
  taken: number,
): Promise<number | undefined> {
  const used = new Set((await store.promotedModels()).map((row) => row.slot));
  if (!used.has(slot) && used.size + taken >= MOST_SLOTS) return undefined;
  const source = { kind: 'schedule' as const, detail: slot };
  return store.addLabModel(await labModelEntry(model, { name: `${slot} ${day(now)}`, createdAt: now, user, source }));
}

/** Of what the schedule made, the older versions go that score nowhere. */
async function prune({ store, readers, now, user }: RetrainOptions): Promise<void> {
  const all = await readers.ask('listLabModels', []);
  for (const slot of DAILY_SLOTS) {
    const own = all.filter(({ source }) => source.kind === 'schedule' && source.detail === slot);
    for (const { id } of own.slice(VERSIONS).filter(({ slots }) => slots.length === 0)) {
      await store.removeLabModel(id, { at: now, user, why: `older than the ${VERSIONS} that are kept` });
    }
  }
}

/**
 * Learns from the day before `now` and from all incidents that were judged, and has what is better score. Until the last step,
 * which is one transaction, the models before score.
 *
 * @throws SondeError `cancelled`, or what the store or the thread failed with; nothing scores otherwise than before then.
 */
export async function retrainModels(options: RetrainOptions): Promise<RetrainRun> {
  const { store, readers, now, user, trigger, onProgress } = options;
  const to = Math.floor(now / MS);
  onProgress?.('gathering flows');
  const question = { schema: schemaId(), from: to - DAY_S, to, most: MOST_ROWS };
  const learnable = await readers.ask('learnableFlows', [question, FEATURE_COUNT]);
  const promoted = await store.promotedModels();
  const bytesIn = (slot: DailySlot): Uint8Array | null => promoted.find((row) => row.slot === slot)?.bytes ?? null;
  const before = { ordinary: bytesIn('daily-ordinary'), judged: bytesIn('daily-judged') };
  // By the day alone: what learned the same again is the very model that scores.
  const source = `traffic until ${day(now)}`;
  const learned = await learn({ learnable, seed: SEED, source, before }, options);
  const outcomes: RetrainOutcome[] = [];
  const promote: NewRetrainRun['promote'] = [];
  for (const slot of DAILY_SLOTS) {
    const { model: bytes, ...told } = learned[slot];
    const id = bytes === null ? null : ((await keep(options, slot, bytes, promote.length)) ?? null);
    if (id !== null) promote.push({ id, slot, why: 'learned anew' });
    const full = bytes !== null && id === null;
    const words = full ? `${told.words} But ${MOST_SLOTS} models score already: withdraw one of them.` : told.words;
    outcomes.push({ slot, taken: id !== null, model: id, ...told, words });
  }
  const run = { at: now, user, trigger, outcomes };
  const id = await store.addRetrainRun({ ...run, promote });
  await store.removeOldFeatures(to - FEATURES_KEPT_S);
  await prune(options);
  return { id, ...run };
}
