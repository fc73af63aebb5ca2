/** Records of other sensors in the place of packets: the same stages behind, as far as flows go. */
import type { Observations } from '../../detect/types.ts';
import { SensorAlerts } from '../../keep/imports/sensor-alerts.ts';
import { FlowMaker } from '../../keep/imports/flow-maker.ts';
import type { RecordReader } from '../../keep/imports/reader.ts';
import { thrifty } from '../../keep/imports/thrift.ts';
import { WARNINGS } from '../../../src-shared/domain/warnings.ts';
import { Cards } from '../../meter/enrich/cards.ts';
import { HostTable } from '../../meter/hosts.ts';
import { makeSegmentBatch, type InputSummary } from '../../meter/packets/types.ts';
import { makeWindowStage } from '../../meter/windows/stage.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../meter/windows/types.ts';
import { hasPartialWarning, type MeterView, type Source } from './source.ts';

const WINDOW_ROWS = 4096;

export class RecordSource implements Source {
  readonly meter: MeterView;
  readonly packetless = true;
  /** What rules of the sensors told. */
  readonly alerts: SensorAlerts;
  private readonly reader: RecordReader;
  private readonly maker: FlowMaker;
  private readonly windowing;
  private readonly spend = thrifty();
  private readonly windows = makeHostWindowBatch(WINDOW_ROWS);
  private readonly pulses = makePulseBatch(WINDOW_ROWS);

  constructor(reader: RecordReader) {
    const hosts = new HostTable();
    this.reader = reader;
    this.windowing = makeWindowStage({ hosts });
    this.maker = new FlowMaker(hosts, this.windowing);
    this.alerts = new SensorAlerts(hosts);
    reader.onAlert = (alert) => this.alerts.add(alert);
    this.maker.onFlow = (sensorFlow, id) => this.alerts.flow(sensorFlow, id);
    this.meter = {
      hosts,
      table: this.maker,
      cards: new Cards(hosts),
      segments: makeSegmentBatch(1),
      inspectionRefused: 0,
      onSegments: undefined,
    };
  }

  /** There are no packets to see. */
  tap(): void {}

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    await this.reader.fill();
    const some = this.maker.step(this.reader);
    // Flows that are still waited for end as any others, whatever time they are given.
    return some ? { observations: this.collect(), packets: this.maker.statistics.packets } : null;
  }

  finish(): Observations {
    this.maker.finish();
    this.windowing.finish();
    return this.collect();
  }

  private collect(): Observations {
    this.windows.count = 0;
    this.pulses.count = 0;
    this.windowing.drain(this.windows, this.pulses);
    const { events, flows, now } = this.maker;
    return { events, messages: [], flows, windows: this.windows, pulses: this.pulses, now };
  }

  progress(): { bytes: number; total: number } {
    return this.reader.progress();
  }

  summaries(): InputSummary[] {
    const all = this.reader.summaries().map((summary) => {
      if (summary.format === '') return summary;
      const note = { code: 'flow-records', message: WARNINGS['flow-records'].text, offset: 0, count: 1 };
      return { ...summary, warnings: [note, ...summary.warnings] };
    });
    const { late } = this.reader;
    if (late > 0) {
      all
        .at(-1)
        ?.warnings.push({ code: 'late-records', message: WARNINGS['late-records'].text, offset: 0, count: late });
    }
    return all;
  }

  partial(inputs: readonly InputSummary[]): boolean {
    return hasPartialWarning(inputs);
  }

  close(): Promise<void> {
    this.spend();
    return this.reader.close();
  }
}
