/** One continuous export at work: a file or a log server that takes lines, and whether it does. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { LINE_ENDINGS, lineFormat, type LineFormat } from '../../exports/continuous/lines.ts';
import { checkFile } from '../../exports/continuous/own-lines.ts';
import { RotatingFile, type RotationLimits } from '../../exports/continuous/rotating-file.ts';
import { syslogMessages } from '../syslog-export/messages.ts';
import { SyslogSender } from '../syslog-export/sender.ts';
import type { SyslogTarget } from '../syslog-export/target.ts';
import type { OpenWay } from '../syslog-export/ways.ts';

/** Flows' lines collected before they are written. */
const BLOCK = 16_384;
/** Time that what waits for a log server has at the end, ms. */
const ENDING_MS = 5000;
/** A file that cannot be opened is tried again this often, ms. */
const RETRY_MS = 5000;

export { checkFile };

/** Null: all is well again; `lost`: lines, since it failed. */
export type Trouble = (error: Error | null, lost: number) => void;

export interface Outlet {
  incident(event: LiveIncident): void;
  /** Absent where none are wanted. */
  readonly flows: ((batch: FlowBatch) => void) | undefined;
  /** Lines in all: handed to the system, and lost. */
  counts(): { written: number; lost: number };
  /** What waits may take `ms` more. How many lines are lost at the end, and were not told as lost before. */
  close(ms?: number): Promise<number>;
}

/** The format of this name that is one line an event; undefined: there is none. */
export function lineFormatNamed(name: SiemExport['format']): LineFormat | undefined {
  const ending = LINE_ENDINGS.find(
    (each) => each === `.${name}.ndjson` || each === `.${name}.json` || each === `.${name}`,
  );
  return ending && lineFormat(`x${ending}`, VERSION);
}

export interface FileOutletOptions {
  path: string;
  format: LineFormat;
  flows: boolean;
  limits: RotationLimits;
  now(): number;
  trouble: Trouble;
}

/** A file of lines. */
export class FileOutlet implements Outlet {
  readonly flows: Outlet['flows'];
  private readonly options: FileOutletOptions;
  private readonly file: RotatingFile;
  private isOpen = false;
  /** Whatever lies there is written to. */
  private takesAny = false;
  private triedAt = Number.NEGATIVE_INFINITY;
  private taken = 0;
  /** It could not be opened. */
  private failing = false;
  /** Lines told as lost, and those not told yet because the file could not be opened. */
  private told = 0;
  private before = 0;

  constructor(options: FileOutletOptions) {
    this.options = options;
    const { path, limits, now, trouble, format, flows } = options;
    const told: Trouble = (error, lost) => {
      this.told += lost;
      trouble(error, lost);
    };
    this.file = new RotatingFile(path, limits, now, told, (place) => {
      if (!this.takesAny || place !== path) checkFile(place);
      return !this.takesAny;
    });
    const { flow } = format;
    this.flows = flow && flows ? (batch) => this.appendFlows(batch, flow) : undefined;
  }

  /** @throws the system's error, or one that says what lies there */
  open(): void {
    this.file.open();
    this.isOpen = true;
  }

  /** Whatever is there already: whoever runs the program named it. @throws the system's error */
  openAny(): void {
    this.takesAny = true;
    this.open();
  }

  /** As `open`, but tells of trouble, and tries again when there is something to write. */
  openSoon(): void {
    const { trouble } = this.options;
    const { failing } = this;
    this.triedAt = performance.now();
    try {
      this.open();
    } catch (error) {
      this.failing = true;
      if (!failing) trouble(error instanceof Error ? error : new Error(String(error)), 0);
      return;
    }
    this.failing = false;
    if (!failing) return;
    const lost = this.before;
    this.told += lost;
    this.before = 0;
    trouble(null, lost);
  }

  incident(event: LiveIncident): void {
    this.append(this.options.format.incident(event), 1);
  }

  /** A line that says it is a test. */
  test(event: LiveIncident): void {
    this.append(this.options.format.test(event), 1);
  }

  private append(text: string, lines: number): void {
    this.taken += lines;
    if (!this.isOpen && performance.now() - this.triedAt >= RETRY_MS) this.openSoon();
    if (this.isOpen) this.file.append(text, lines);
    else this.before += lines;
  }

  private appendFlows(batch: FlowBatch, flow: (batch: FlowBatch, row: number) => string): void {
    let [text, lines] = ['', 0];
    for (let row = 0; row < batch.count; row++) {
      text += flow(batch, row);
      lines++;
      if (text.length < BLOCK && row < batch.count - 1) continue;
      this.append(text, lines);
      [text, lines] = ['', 0];
    }
  }

  counts(): { written: number; lost: number } {
    const lost = this.told + this.before + this.file.lost;
    return { written: this.taken - lost, lost };
  }

  close(): Promise<number> {
    this.file.close();
    return Promise.resolve(0);
  }
}

export interface SyslogOutletOptions {
  target: SyslogTarget;
  flows: boolean;
  trouble: Trouble;
  open: OpenWay;
  /** The name of this Sonde. */
  sensor: string;
}

/** A log server; it is looked for at once. */
export function syslogOutlet({ target, flows, trouble, open, sensor }: SyslogOutletOptions): Outlet {
  const messages = syslogMessages(target, Date.now, sensor);
  const { flow } = messages;
  const sender = new SyslogSender(target, trouble, open);
  const sendFlows = (batch: FlowBatch): void => {
    for (let row = 0; row < batch.count; row++) sender.add(flow!(batch, row));
  };
  return {
    incident: (event) => sender.add(messages.incident(event)),
    flows: flow && flows ? sendFlows : undefined,
    counts: () => ({ written: sender.sent, lost: sender.dropped }),
    close: (ms = ENDING_MS) => sender.close(ms),
  };
}
