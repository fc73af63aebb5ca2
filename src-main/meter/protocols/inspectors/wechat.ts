/** WeChat's own MMTLS, as researchers described it: records like those of TLS with versions of their own. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERSIONS = new Set([0xf103, 0xf104]);
const RECORD_MAX = 16384 + 2048;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 5 || !VERSIONS.has(u16(data, at + 1))) return NO;
  const length = u16(data, at + 3);
  return length > 0 && length <= RECORD_MAX ? YES : NO;
}

export const wechat: Inspector = {
  id: 'wechat',
  over: 'tcp',
  ports: [80, 443, 8080],
  first: [0x15, 0x16, 0x17, 0x19],
  service: '',
  app: 'WeChat',
  probe,
};
