/** Whois (RFC 3912): one line of question on its port, and text for an answer. */
import { lineEnd, lineText, isAsciiText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function question(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const lf = lineEnd(data, at, end);
  if (fromOrig && lf > at) flow.fact('whois.question', lineText(data, at, lf, 128));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 3 || end - at > 512 || data[end - 1] !== 0x0a) return NO;
  return isAsciiText(data, at, end) ? YES : NO;
}

export const whois: Inspector = {
  id: 'whois',
  over: 'tcp',
  ports: [43, 4343],
  portBound: true,
  service: '',
  app: 'Whois-DAS',
  probe,
  open: once(question),
};
