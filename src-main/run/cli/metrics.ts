/** `watch --metrics`: figures of the run for Prometheus, on a port of the loopback address. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import type { FlowScores } from '../../detect/detectors/triage.ts';
import { openReaders, type Readers } from '../../keep/store/readers.ts';
import { channelFigures, type FailureCounts } from '../metrics/channels.ts';
import type { ChannelFigures, ModelFigures } from '../metrics/figures.ts';
import { LiveFigures } from '../metrics/live-figures.ts';
import { serveMetrics } from '../metrics/server.ts';
import { resourcePath } from '../paths.ts';
import type { NamedModel } from '../pipeline/triage-types.ts';
import { workerUrl } from '../pipeline/workers.ts';
import { wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';

export const METRICS_OPTION: OptionSpec = {
  name: 'metrics',
  value: 'PORT',
  help: 'serve figures for Prometheus at http://127.0.0.1:PORT/metrics',
};
const PORT = 9477;
const PORT_MAX = 65_535;

export interface WatchMetrics {
  take(event: LiveEvent): void;
  takeScores(scores: FlowScores | undefined): void;
  /** The database of the queue of alerts, and who counts attempts that fail. */
  channelsOf(database: string, failures: FailureCounts): void;
  close(): Promise<void>;
}

/** The port that is asked for, or else that of the settings; undefined: none. @throws SondeError `usage` */
export function metricsPortOf(parsed: Parsed, settings: number | null = null): number | undefined {
  return parsed.on('metrics') ? wholeNumber(parsed, 'metrics', PORT, 1, PORT_MAX) : (settings ?? undefined);
}

/** When the file of the model was written. */
async function ageOf({ name }: NamedModel, files: readonly string[]): Promise<ModelFigures | undefined> {
  const path = files.find((file) => basename(file) === name) ?? resourcePath('models', 'base.model');
  const found = await stat(path).catch(() => undefined);
  return found && { name, madeAt: found.mtimeMs };
}

/** @throws SondeError `address-in-use` */
export async function startMetrics(port: number, model: NamedModel | undefined, parsed: Parsed): Promise<WatchMetrics> {
  const made = model && (await ageOf(model, parsed.values('model')));
  let readers: Readers | undefined;
  let channels = (): Promise<readonly ChannelFigures[]> => Promise.resolve([]);
  const figures = new LiveFigures({
    startedAt: Date.now(),
    now: Date.now,
    ...(made ? { model: made } : {}),
    channels: () => channels(),
  });
  const server = await serveMetrics({ port, collect: () => figures.figures() });
  return {
    take: (event) => figures.take(event),
    takeScores: (scores) => {
      if (scores) figures.takeScores(scores);
    },
    channelsOf: (database, failures) => {
      readers = openReaders(database, workerUrl('keep/store/reader.worker'), 1);
      const asked = readers;
      channels = async () => channelFigures(await asked.ask('alertQueue', []), failures);
    },
    close: async () => {
      await server.close();
      await readers?.close();
    },
  };
}
