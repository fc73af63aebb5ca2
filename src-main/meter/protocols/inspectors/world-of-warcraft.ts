/** World of Warcraft: the challenge that names the game, and the line both sides of a realm begin with. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const LINE = 'WORLD OF WARCRAFT CONNECTION';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x57) return startsWith(data, at, end, LINE) ? YES : NO;
  // Clients of before 2013 put a length in front.
  if (startsWith(data, at + 2, end, LINE)) return YES;
  return end - at >= 34 && (data[at + 1] === 8 || data[at + 1] === 3) && startsWith(data, at + 4, end, 'WoW\0')
    ? YES
    : NO;
}

export const worldOfWarcraft: Inspector = {
  id: 'world-of-warcraft',
  over: 'tcp',
  ports: [3724],
  first: [0x00, 0x57],
  service: '',
  app: 'WorldOfWarcraft',
  probe,
};
