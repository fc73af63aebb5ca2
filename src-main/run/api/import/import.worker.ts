/**
 * One import, on a thread of its own: reads the files, judges them by the settings of the moment it starts, keeps the
 * result through the store's port.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import { storeOver } from '../../../keep/store/client.ts';
import { Places } from '../../../meter/enrich/geo/places.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { loadScoringModel } from '../../pipeline/model.ts';
import { promotedOf } from '../../pipeline/promoted.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { triage } from '../../pipeline/triage.ts';
import { ActiveRules } from '../rules/active.ts';
import { readSettings } from '../topics/settings.ts';
import { CaptureKeeper } from './keeper.ts';
import type { FromImport, ImportData } from './messages.ts';

const SEED = 1;
const THREADS = 2;

const side = threadSide();
const data = side.data as ImportData;
const tell = (message: FromImport): void => side.send(message);
const stop = new AbortController();
side.onMessage(() => stop.abort());

async function run({ files, name, importedAt, lists, port }: ImportData): Promise<void> {
  const store = storeOver(port);
  const { networks, devices, roles, profile, budget, geo } = await readSettings(store);
  const places = Places.readable(geo);
  const known = await ActiveRules.open({ store, folder: lists, now: () => importedAt });
  const [model, promoted] = [await loadScoringModel(undefined), await promotedOf(store)];
  const keeper = await CaptureKeeper.begin(store, name, importedAt);
  tell({ type: 'begun', capture: keeper.capture });
  const result = await triage({
    files,
    seed: SEED,
    threads: THREADS,
    model,
    promoted,
    networks,
    devices,
    roles,
    ...(profile === 'auto' ? {} : { profile }),
    budget: budget ?? 'default',
    ...known.options,
    ...(places ? { places } : {}),
    signal: stop.signal,
    onProgress: (progress) => tell({ type: 'progress', ...progress }),
    onRead: () => tell({ type: 'stage', stage: 'scoring' }),
    ...keeper.hooks(),
  }).catch(async (error: unknown) => {
    // Nothing of it was read: a capture without anything in it would only be in the way.
    const ours = inputErrorAsOurs(error);
    if (ours instanceof SondeError) {
      await store.removeCapture(keeper.capture);
      tell({ type: 'removed' });
    }
    throw ours;
  });
  try {
    tell({ type: 'stage', stage: 'keeping' });
    await keeper.results(result, importedAt);
    await known.end(keeper.capture);
  } finally {
    result.close();
  }
  const warnings = result.report.inputs.flatMap((i) => i.warnings);
  tell({ type: 'done', cancelled: stop.signal.aborted, warnings });
}

try {
  await run(data);
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), '') });
} finally {
  data.port.close();
  side.end();
}
