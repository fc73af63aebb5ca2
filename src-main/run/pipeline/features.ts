/** From captures to the matrix the detectors see, one flow a line: streamed, in the order in which flows end. */
import type { FileHandle } from 'node:fs/promises';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { ContextTracker } from '../../detect/features/context.ts';
import { extractInto, FEATURE_COUNT } from '../../detect/features/extract.ts';
import { FEATURE_IDS, FEATURES_COMMENT, featureCells } from '../../detect/lab/features-file.ts';
import { writeWhole } from '../../detect/whole-file.ts';
import type { Observations } from '../../detect/types.ts';
import { rowUid } from '../../meter/flows/uid.ts';
import { inputOf } from './report.ts';
import { openSource } from './source.ts';
import type { Progress } from './triage-types.ts';

export interface FeaturesOptions {
  files: readonly string[];
  out: string;
  /** With the flow's uid in front. */
  uid: boolean;
  onProgress?: ((progress: Progress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface WrittenFeatures {
  rows: number;
  inputs: TriageReport['inputs'];
  /** Whether something was not read or not decoded. */
  partial: boolean;
}

class FeatureWriter {
  rows = 0;
  private readonly file: FileHandle;
  private readonly uid: boolean;
  private readonly context = new ContextTracker();
  private readonly row = new Float32Array(FEATURE_COUNT);

  constructor(file: FileHandle, uid: boolean) {
    this.file = file;
    this.uid = uid;
  }

  begin(): Promise<void> {
    return this.file.appendFile(`${FEATURES_COMMENT}\n${[...(this.uid ? ['uid'] : []), ...FEATURE_IDS].join(',')}\n`);
  }

  async take({ events, flows }: Observations): Promise<void> {
    this.context.observeEvents(events);
    this.context.fill(flows);
    let text = '';
    for (let r = 0; r < flows.count; r++) {
      extractInto(flows, this.row, 0, r, r + 1);
      const cells = featureCells(this.row);
      text += `${this.uid ? `${rowUid(flows.columns, r)},` : ''}${cells.join(',')}\n`;
    }
    this.rows += flows.count;
    if (text !== '') await this.file.appendFile(text);
  }
}

/** Rejects when it is to stop: a pipe may give nothing more. */
function whenStopped({ signal, out }: FeaturesOptions): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    const error = new SondeError('cancelled', 'stopped: nothing was written', out, 'Start it again.');
    signal?.addEventListener('abort', () => reject(error), { once: true });
  });
  // Whoever waits for it is told; that nobody does is no fault.
  stopped.catch(() => undefined);
  return stopped;
}

async function writeInto(file: FileHandle, options: FeaturesOptions): Promise<WrittenFeatures> {
  // Cut as for triage --causal, to whose scores a model alone comes.
  const stopped = whenStopped(options);
  const source = await Promise.race([openSource(options.files, 2, { sliced: true }), stopped]);
  try {
    const writer = new FeatureWriter(file, options.uid);
    await writer.begin();
    const started = performance.now();
    let packets = 0;
    const following = (): ReturnType<typeof source.next> => Promise.race([source.next(), stopped]);
    for (let seen = await following(); seen; seen = await following()) {
      packets += seen.packets;
      await writer.take(seen.observations);
      options.onProgress?.({ ...source.progress(), packets, seconds: (performance.now() - started) / 1000 });
    }
    await writer.take(source.finish());
    const inputs = source.summaries();
    return { rows: writer.rows, inputs: inputs.map(inputOf), partial: source.partial(inputs) };
  } finally {
    await source.close();
  }
}

/**
 * Meters the captures and writes a row for each flow. The file is there whole or not at all.
 *
 * @throws InputError when nothing could be read; SondeError `cancelled`; errors of the system where `out` cannot be written.
 */
export function writeFeatures(options: FeaturesOptions): Promise<WrittenFeatures> {
  return writeWhole(options.out, (file) => writeInto(file, options));
}
