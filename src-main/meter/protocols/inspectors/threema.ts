/** Threema's chat protocol, as its cryptography paper describes it: a key and a cookie, 48 bytes, and an answer of 80. */
import { isAsciiText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const CLIENT = 48;
const SERVER = 80;
/** So many different bytes are among 48 random ones as good as always. */
const DIFFERENT = 32;

function looksRandom(data: Uint8Array, at: number, end: number): boolean {
  let different = 0;
  for (let i = at; i < end; i++) {
    let before = at;
    while (before < i && data[before] !== data[i]) before++;
    if (before === i) different++;
  }
  return different >= DIFFERENT;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromOrig || !p.fromStart || end - at !== CLIENT || isAsciiText(data, at, at + 8)) return NO;
  return looksRandom(data, at, end) ? YES : NO;
}

/** The name is given when the server's part has its size too. */
class ThreemaSession implements Session {
  read(flow: FlowContext, fromOrig: boolean, _data: Uint8Array, at: number, end: number): number {
    if (fromOrig) return end;
    if (end - at >= SERVER) {
      if (end - at === SERVER) flow.name('', 'Threema');
      flow.finish();
    }
    return at;
  }
}

export const threema: Inspector = {
  id: 'threema',
  over: 'tcp',
  ports: [5222],
  portBound: true,
  service: '',
  app: '',
  probe,
  open: () => new ThreemaSession(),
};
