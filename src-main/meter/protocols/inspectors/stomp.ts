/** STOMP: a connect frame or its answer with their headers. */
import { findText, latin1, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const HEADER = /\n(version|accept-version|host|login|server|destination):([^\r\n]{1,128})/g;
const PASSCODE = /\npasscode:/;
const PAYLOADS = 4;

function headers(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, 512);
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of shown.matchAll(HEADER)) {
    found.set(name, printable(value));
    flow.also(`stomp.${name}`, printable(value));
  }
  if (PASSCODE.test(shown)) flow.inTheClear('password', found.get('login') ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'STOMP\n') || startsWith(data, at, end, 'STOMP\r\n')) return YES;
  if (
    !startsWith(data, at, end, 'CONNECT\n') &&
    !startsWith(data, at, end, 'CONNECTED\n') &&
    !startsWith(data, at, end, 'CONNECT\r\n')
  )
    return NO;
  return findText(data, ':', at, Math.min(end, at + 64)) > 0 ? YES : NO;
}

export const stomp: Inspector = {
  id: 'stomp',
  over: 'tcp',
  ports: [61613],
  first: [0x43, 0x53],
  service: '',
  app: 'STOMP',
  probe,
  open: once(headers, PAYLOADS),
};
