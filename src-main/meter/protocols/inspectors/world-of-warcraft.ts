/** World of Warcraft: the challenge that names the game. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 34 && (data[at + 1] === 8 || data[at + 1] === 3) && startsWith(data, at + 4, end, 'WoW\0')
    ? YES
    : NO;
}

export const worldOfWarcraft: Inspector = {
  id: 'world-of-warcraft',
  over: 'tcp',
  ports: [3724],
  first: [0x00],
  service: '',
  app: 'WorldOfWarcraft',
  probe,
};
