/** Roblox: RakNet's magic behind kinds of message that RakNet itself does not use. */
import { startsWith } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MAGIC = '\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78';

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at + 1, p.end, MAGIC) ? YES : NO;
}

export const roblox: Inspector = {
  id: 'roblox',
  over: 'udp',
  ports: [],
  first: [0x78, 0x79, 0x7a, 0x7b],
  service: '',
  app: 'RakNet',
  probe,
  open: once((flow) => flow.fact('game.service', 'Roblox')),
};
