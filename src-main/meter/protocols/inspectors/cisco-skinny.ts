/** Cisco's call control (SCCP): a length that fits, a known header version, a message number. */
import { u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12) return NO;
  const length = u32le(data, at);
  const version = u32le(data, at + 4);
  const message = u32le(data, at + 8);
  return length >= 4 && length <= 4096 && at + 8 + length <= end && version <= 0x16 && message < 0x200 ? YES : NO;
}

export const ciscoSkinny: Inspector = {
  id: 'cisco-skinny',
  over: 'tcp',
  ports: [2000, 2443],
  portBound: true,
  service: '',
  app: 'CiscoSkinny',
  probe,
};
