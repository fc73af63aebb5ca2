/** Figures of the desk for Prometheus, where the settings name a port: its live sessions, and its queue of alerts. */
import type { LiveDeskEvent } from '../../../../src-shared/contract/topics/live.ts';
import type { Readers } from '../../../keep/store/readers.ts';
import { channelFigures, type FailureCounts } from '../../metrics/channels.ts';
import { LiveFigures } from '../../metrics/live-figures.ts';
import { serveMetrics, type MetricsServer } from '../../metrics/server.ts';
import type { LiveHost } from '../live/host.ts';

export interface DeskMetricsOptions {
  live: Pick<LiveHost, 'listen'>;
  readers: Pick<Readers, 'ask'>;
  failures: FailureCounts;
  now(): number;
}

export class DeskMetrics {
  private readonly figures: LiveFigures;
  private readonly stop: () => void;
  private server: { asked: number; running: MetricsServer } | undefined;
  private changing: Promise<void> = Promise.resolve();

  constructor({ live, readers, failures, now }: DeskMetricsOptions) {
    const channels = async (): Promise<ReturnType<typeof channelFigures>> =>
      channelFigures(await readers.ask('alertQueue', []), failures);
    this.figures = new LiveFigures({ startedAt: now(), now, channels });
    this.stop = live.listen((event) => this.take(event));
  }

  /**
   * From now on on this port; null: nowhere. Where it is not to be had, what was served before still is.
   * @throws SondeError `address-in-use` (rejects)
   */
  follow(port: number | null): Promise<void> {
    const change = this.changing.then(() => this.move(port));
    this.changing = change.catch(() => undefined);
    return change;
  }

  async close(): Promise<void> {
    this.stop();
    await this.follow(null);
  }

  private async move(port: number | null): Promise<void> {
    const before = this.server;
    if ((before?.asked ?? null) === port) return;
    const collect = (): ReturnType<LiveFigures['figures']> => this.figures.figures();
    const running = port === null ? undefined : await serveMetrics({ port, collect });
    this.server = port === null || !running ? undefined : { asked: port, running };
    await before?.running.close();
  }

  private take(event: LiveDeskEvent): void {
    if (event.type === 'session' && event.session.state === 'running' && event.session.started)
      this.figures.begin(event.session.started.interface);
    if (event.type === 'session' && (event.session.state === 'ended' || event.session.state === 'failed'))
      this.figures.end();
    if (event.type === 'tick') this.figures.stats(event.tick, event.tick.linkUp);
    if (event.type === 'incident') this.figures.incident({ ...event.incident.incident, state: event.incident.state });
  }
}
