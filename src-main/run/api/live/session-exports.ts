/** Continuous exports of a session of the desk: put to work by what is kept; those that change, anew. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { SiemExports, type SiemState, type Unsent } from '../../../keep/alerts/siem/exports.ts';
import { readExports, readSensor } from '../../../keep/alerts/siem/kept.ts';
import { troubleText } from '../../../keep/alerts/siem/words.ts';
import type { Store } from '../../../keep/store/types.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { JudgedIncidents } from './judged.ts';

/** How they go is told this often at most, ms. */
const TOLD_MS = 1000;

export interface SessionExportsOptions {
  store: Pick<Store, 'setting' | 'expectedIncidents'>;
  capture: number;
  onStates(states: SiemState[]): void;
  onNotice(code: 'export-failed' | 'export-resumed', message: string): void;
}

export class SessionExports {
  private readonly options: SessionExportsOptions;
  private readonly judged: JudgedIncidents;
  private readonly timer: NodeJS.Timeout;
  private readonly exports: SiemExports;
  private asked = '[]';
  /** The name of this Sonde, where somebody gave it one. */
  private sensor: string | undefined;
  private told = '';
  private ending: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: SessionExportsOptions) {
    this.options = options;
    const { store, capture } = options;
    this.exports = new SiemExports([], {
      now: Date.now,
      sensor: () => this.sensor,
      onTrouble: ({ target }, error, lost) => {
        options.onNotice(error ? 'export-failed' : 'export-resumed', troubleText(target, error, lost));
      },
    });
    this.judged = new JudgedIncidents({
      expected: () => store.expectedIncidents(capture),
      pass: (event) => this.exports.take(event),
    });
    this.timer = setInterval(() => this.tell(), TOLD_MS).unref();
  }

  /** Puts to work what is kept now. What cannot be read leaves those that work at it. */
  reload(): Promise<void> {
    this.turn = this.turn.then(() => this.change()).catch(() => undefined);
    return this.turn;
  }

  private async change(): Promise<void> {
    const { store } = this.options;
    const [asked, sensor] = await Promise.all([
      readExports(store).catch(() => null),
      readSensor(store).catch(() => this.sensor),
    ]);
    if (!asked || JSON.stringify(asked) === this.asked) return;
    this.asked = JSON.stringify(asked);
    this.sensor = sensor;
    const ending = this.exports.change(asked);
    this.tell();
    this.tellUnsent(await ending);
    this.tell();
  }

  readonly take = (event: LiveIncident): void => this.judged.take(event);
  readonly stored = (uids: readonly string[]): void => this.judged.stored(uids);
  readonly takeFlows = (batch: FlowBatch): void => this.exports.flows?.(batch);

  private tell(): void {
    const states = this.exports.states();
    const text = JSON.stringify(states);
    if (text === this.told) return;
    this.told = text;
    this.options.onStates(states);
  }

  /** When all is in the store. */
  end(): Promise<void> {
    this.ending ??= this.finish();
    return this.ending;
  }

  private async finish(): Promise<void> {
    clearInterval(this.timer);
    await this.judged.end();
    await this.turn;
    this.tellUnsent(await this.exports.close());
    this.tell();
  }

  private tellUnsent(unsent: readonly Unsent[]): void {
    for (const { asked, lost } of unsent) {
      const what = `${lost} ${lost === 1 ? 'message was' : 'messages were'} not sent to ${asked.target}`;
      this.options.onNotice('export-failed', what);
    }
  }
}
