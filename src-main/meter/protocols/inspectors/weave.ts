/** Nest's devices (Weave, as its sources publish it): a message's length and the version in its header, on Weave's port. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER_LEAST = 6;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || end - at < HEADER_LEAST + 2) return NO;
  const length = u16le(data, at);
  const version = u16le(data, at + 2) >>> 12;
  return length >= HEADER_LEAST && at + 2 + length === end && (version === 1 || version === 2) ? YES : NO;
}

export const weave: Inspector = {
  id: 'weave',
  over: 'tcp',
  ports: [11095],
  portBound: true,
  service: '',
  app: 'NestLogSink',
  probe,
};
