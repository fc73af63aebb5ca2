/** DNP3 (IEEE 1815): its start bytes, and a length that a link frame may have; who asks whom for what. */
import { u16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { FrameSession, Met } from '../frames.ts';
import { coded, type Words } from '../words.ts';

const FUNCTIONS: Words = new Map([
  [0, 'confirm'],
  [1, 'read'],
  [2, 'write'],
  [3, 'select'],
  [4, 'operate'],
  [5, 'operate directly'],
  [6, 'operate directly, no answer'],
  [7, 'freeze'],
  [8, 'freeze, no answer'],
  [9, 'freeze and clear'],
  [13, 'cold restart'],
  [14, 'warm restart'],
  [15, 'initialise data'],
  [16, 'initialise application'],
  [17, 'start application'],
  [18, 'stop application'],
  [20, 'let report unasked'],
  [21, 'let not report unasked'],
  [23, 'measure delay'],
  [24, 'record time'],
  [25, 'open file'],
  [26, 'close file'],
  [27, 'delete file'],
  [32, 'authentication'],
  [129, 'answer'],
  [130, 'unasked report'],
  [131, 'answer to authentication'],
]);
/** Link header with its checksum, then the transport's byte, the application's control and its function. */
const HEADER = 10;
const FIRST_OF_TRANSPORT = 0x40;
const FROM_MASTER = 0x80;
const BLOCK = 16;
const CHECKSUM = 2;
/** Functions that change what the outstation holds or does. */
const CHANGES: ReadonlySet<number> = new Set([2, 4, 5, 6, 9, 13, 14, 15, 16, 17, 18, 21, 27]);

class Dnp3Session extends FrameSession {
  protected override readonly header = 3;
  protected override readonly enough = HEADER + 3;
  private named = false;
  private readonly functions = new Met();

  /** The length counts the header from its control byte; each block of what follows has a checksum of its own. */
  protected override size(data: Uint8Array, at: number): number {
    const user = data[at + 2]! - 5;
    if (data[at] !== 0x05 || data[at + 1] !== 0x64 || user < 0) return 0;
    return HEADER + user + Math.ceil(user / BLOCK) * CHECKSUM;
  }

  protected override frame(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (end - at < HEADER) return;
    if (!this.named) {
      this.named = true;
      const master = (data[at + 3]! & FROM_MASTER) !== 0;
      flow.fact(master ? 'dnp3.outstation' : 'dnp3.master', String(u16le(data, at + 4)));
      flow.fact(master ? 'dnp3.master' : 'dnp3.outstation', String(u16le(data, at + 6)));
    }
    if (end - at < HEADER + 3 || data[at + 2]! < 8 || !(data[at + HEADER]! & FIRST_OF_TRANSPORT)) return;
    const code = data[at + HEADER + 2]!;
    if (!this.functions.first(code)) return;
    const shown = coded(FUNCTIONS, code);
    flow.also('dnp3.function', shown);
    if (CHANGES.has(code)) flow.also('dnp3.change', shown);
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 10 && data[at] === 0x05 && data[at + 1] === 0x64 && data[at + 2]! >= 5 ? YES : NO;
}

export const dnp3: Inspector = {
  id: 'dnp3',
  over: 'both',
  ports: [20000],
  first: [0x05],
  service: '',
  app: 'DNP3',
  probe,
  open: (flow) => {
    flow.name(flow.tcp ? 'dnp3_tcp' : 'dnp3_udp');
    return new Dnp3Session();
  },
};
