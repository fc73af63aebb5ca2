/** The Elder Scrolls Online (without a specification): a length that fits, and the name of the service or a mark within. */
import { findText, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MESSAGE_MIN = 600;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < MESSAGE_MIN || u32(data, at) !== end - at - 4) return NO;
  return findText(data, 'eso.live', at, end) > 0 || findText(data, '\x8b\x78\x9c\x01', at, end) > 0 ? YES : NO;
}

export const tesOnline: Inspector = {
  id: 'tes-online',
  over: 'tcp',
  ports: [],
  first: [0x00],
  service: '',
  app: 'TES_Online',
  probe,
};
