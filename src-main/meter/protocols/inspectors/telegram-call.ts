/** Telegram's calls over its reflectors, as its clients' sources show: a peer's tag, then twelve bytes of ones. */
import { u32 } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const TAG = 16;
const ONES = 0xffffffff;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const from = at + TAG;
  if (end - from < 16 || data[from] !== 0xff || u32(data, from) !== ONES || u32(data, from + 4) !== ONES) return NO;
  if (u32(data, from + 8) !== ONES || u32(data, from + 12) < 0xfffffffc) return NO;
  return u32(data, at) !== ONES && u32(data, at) !== 0 ? YES : NO;
}

export const telegramCall: Inspector = {
  id: 'telegram-call',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 16, bytes: [0xff] } },
  service: '',
  app: 'Telegram',
  probe,
  open: once((flow) => flow.fact('service', 'TelegramVoip')),
};
