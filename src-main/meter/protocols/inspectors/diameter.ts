/** Diameter (RFC 6733): version, a length in words, flags, and a first attribute that fits. */
import { u24, u32, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { coded, type Words } from '../words.ts';

const COMMANDS: Words = new Map([
  [257, 'exchange of capabilities'],
  [258, 're-authentication'],
  [265, 'authentication'],
  [268, 'EAP'],
  [271, 'accounting'],
  [272, 'credit control'],
  [274, 'abort session'],
  [275, 'end of session'],
  [280, 'watchdog'],
  [282, 'disconnect'],
  [316, 'update of location'],
  [318, 'authentication data'],
]);

function capabilities(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 28) return;
  flow.fact('diameter.command', coded(COMMANDS, u24(data, at + 5)));
  const length = u24(data, at + 25);
  if (u32(data, at + 20) === 264 && length > 8 && at + 20 + length <= end)
    flow.fact('diameter.host', text(data, at + 28, at + 20 + length, 128));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 28) return NO;
  const length = u24(data, at + 1);
  if (length < 28 || length % 4 !== 0 || (data[at + 4]! & 0x0f) !== 0) return NO;
  const attribute = u24(data, at + 25);
  return u24(data, at + 5) >= 257 && attribute >= 8 && 20 + attribute <= length + 3 && (data[at + 24]! & 0x1f) === 0
    ? YES
    : NO;
}

export const diameter: Inspector = {
  id: 'diameter',
  over: 'tcp',
  ports: [3868],
  first: [0x01],
  service: '',
  app: 'Diameter',
  probe,
  open: once(capabilities),
};
