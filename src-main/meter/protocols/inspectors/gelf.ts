/** Graylog's log messages: JSON that states their version, or the mark of a chunk. */
import { findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x1e)
    return end - at > 12 && data[at + 1] === 0x0f && data[at + 11]! > 0 && data[at + 10]! < data[at + 11]! ? YES : NO;
  return findText(data, '"short_message"', at, Math.min(end, at + 512)) > 0 ? YES : NO;
}

export const gelf: Inspector = {
  id: 'gelf',
  over: 'udp',
  ports: [12201],
  first: [0x1e, 0x7b],
  service: '',
  app: 'GELF',
  probe,
};
