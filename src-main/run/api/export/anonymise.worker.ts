/** One anonymised copy, on a thread of its own. */
import { VERSION } from '../../../../src-shared/version.ts';
import { writeMap } from '../../../keep/exports/anonymise/key-file.ts';
import { Pseudonyms } from '../../../keep/exports/anonymise/pseudonyms.ts';
import { anonymise } from '../../../keep/exports/anonymise/write.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { AnonymiseData, FromAnonymise } from './anonymised.ts';

/** Shortest time between two messages of how far it is, ms. */
const TOLD_MS = 100;

const side = threadSide();
const tell = (message: FromAnonymise): void => side.send(message);
const { paths, only, out, map, key } = side.data as AnonymiseData;

let told = -Infinity;
let stopped = false;
function onProgress(bytes: number, total: number): void {
  if (performance.now() - told < TOLD_MS) return;
  told = performance.now();
  tell({ type: 'progress', bytes, total: Number.isFinite(total) ? total : null });
}

// The only message there is: that it is no longer wanted.
side.onMessage(() => (stopped = true));
try {
  const names = new Pseudonyms(key);
  const options = { only, onProgress, isStopped: () => stopped };
  const { packets, unknownLinks, inputs } = await anonymise(paths, out, names, `sonde ${VERSION}`, options);
  if (map !== null) writeMap(map, names, false);
  tell({ type: 'done', packets, unknownLinks: [...unknownLinks], inputs, forgotten: names.forgotten });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), out) });
} finally {
  side.end();
}
