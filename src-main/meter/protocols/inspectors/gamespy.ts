/** GameSpy, games asking for their servers: a known question of its first two versions. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x5c)
    return ['\\status\\', '\\info\\', '\\basic\\', '\\rules\\', '\\players\\', '\\echo\\'].some((q) =>
      startsWith(data, at, end, q),
    )
      ? YES
      : NO;
  return end - at >= 7 && data[at + 1] === 0xfd && (data[at + 2] === 0 || data[at + 2] === 9) && end - at <= 11
    ? YES
    : NO;
}

export const gamespy: Inspector = {
  id: 'gamespy',
  over: 'udp',
  ports: [29900, 6500, 7778],
  first: [0x5c, 0xfe],
  service: '',
  app: 'GameSpy',
  probe,
};
