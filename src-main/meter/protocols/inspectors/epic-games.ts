/**
 * Games on Epic's servers (without a specification): a first datagram whose body begins with zeros, answered by one that
 * begins with the same number but for a bit.
 */
import { u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const GREETING_MIN = 34;
const ZEROS_FROM = 10;
const ANSWERED = 0x08;
const DATAGRAMS_MAX = 4;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromOrig || p.tries > 0 || end - at < GREETING_MIN) return NO;
  for (let i = at + ZEROS_FROM; i < at + GREETING_MIN; i++) if (data[i] !== 0) return NO;
  return u32(data, at) !== 0 && (data[at + 3]! & ANSWERED) === 0 ? YES : NO;
}

/** The name is given when the answer fits. */
class EpicSession implements Session {
  private greeting = 0;
  private seen = 0;

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (end - at < 4) return flow.finish();
    const number = u32(data, at);
    if (fromOrig) {
      if (this.greeting === 0) this.greeting = number;
      if (++this.seen > DATAGRAMS_MAX) flow.finish();
      return;
    }
    if ((this.greeting | ANSWERED) >>> 0 === number) flow.name('', 'EpicGames');
    flow.finish();
  }
}

export const epicGames: Inspector = {
  id: 'epic-games',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 10, bytes: [0] } },
  service: '',
  app: '',
  probe,
  open: () => new EpicSession(),
};
