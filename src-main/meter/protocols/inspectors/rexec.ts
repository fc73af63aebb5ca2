/** Remote execution (4.3BSD's rexecd): a port in digits, an account, its password and a command, each with a zero behind it. */
import { latin1, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const ORDER = /^\d{0,5}\0([\x21-\x7e]{1,64})\0([^\0-\x1f]{0,128})\0[^\0-\x08]{1,1024}\0$/;
/** What may still become one. */
const BEGINNING = /^\d{0,5}(?:\0(?:[\x21-\x7e]{1,64}(?:\0(?:[^\0-\x1f]{0,128}(?:\0[^\0-\x08]{0,1024})?)?)?)?)?$/;
const SHOWN = 1280;

function order(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const found = fromOrig ? ORDER.exec(latin1(data, at, end, SHOWN)) : null;
  if (!found) return;
  const from = at + found[0].indexOf('\0') + 1;
  const user = text(data, from, from + found[1]!.length);
  if (found[2] !== '') flow.inTheClear('password', user);
}

function probe(p: Probe): Verdict {
  if (!p.fromOrig || !p.fromStart) return NO;
  const shown = latin1(p.data, p.at, p.end, SHOWN);
  return ORDER.test(shown) ? YES : BEGINNING.test(shown) ? MAYBE : NO;
}

export const rexec: Inspector = {
  id: 'rexec',
  over: 'tcp',
  ports: [512],
  portBound: true,
  service: '',
  app: 'Rexec',
  probe,
  open: once(order),
};
