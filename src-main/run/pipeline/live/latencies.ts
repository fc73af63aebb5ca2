/** How long answers take: TCP handshakes and DNS, over the last ten seconds of packets. Bounded. */
import type { Latency } from '../../../../src-shared/domain/live.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import { FLOW_EVENT } from '../../../meter/flows/types.ts';
import { AnswerTimes, questionKey } from '../../../detect/features/answer-times.ts';
import type { Observations } from '../../../detect/types.ts';

/** Questions without an answer that are remembered (a prime). */
const WAITING = 20_011;
/** Answers of a kind that are kept: beyond it newer ones replace older ones in turn. */
const SAMPLES = 4096;
/** Seconds. */
const SPAN = 10;

/** Answer times of the last seconds, in a ring. */
class Ring {
  private readonly at = new Float64Array(SAMPLES);
  private readonly ms = new Float64Array(SAMPLES);
  private next = 0;

  add(at: number, ms: number): void {
    const i = this.next++ % SAMPLES;
    this.at[i] = at;
    this.ms[i] = ms;
  }

  summary(now: number): Latency {
    const recent: number[] = [];
    for (let i = 0; i < Math.min(this.next, SAMPLES); i++) if (now - this.at[i]! < SPAN) recent.push(this.ms[i]!);
    recent.sort((a, b) => a - b);
    const at = (share: number): number | null => recent[Math.floor((recent.length - 1) * share)] ?? null;
    return { median: at(0.5), p95: at(0.95), samples: recent.length };
  }
}

export class Latencies {
  private readonly opened = new AnswerTimes(WAITING);
  private readonly asked = new AnswerTimes(WAITING);
  private readonly handshakes = new Ring();
  private readonly answers = new Ring();

  observe({ events, messages }: Observations): void {
    const { kind, flow, sec, nano, proto } = events.columns;
    for (let i = 0; i < events.count; i++) {
      if (proto[i] !== PROTO.TCP) continue;
      const at = sec[i]! + nano[i]! * 1e-9;
      if (kind[i] === FLOW_EVENT.OPEN) this.opened.ask(flow[i]!, at);
      else if (kind[i] === FLOW_EVENT.ANSWERED) this.take(this.handshakes, this.opened.answer(flow[i]!, at), at);
    }
    for (const message of messages) {
      if (message.kind !== 'dns' || message.variant !== 'dns') continue;
      const at = message.sec + message.nano * 1e-9;
      const key = questionKey(message.flow, message.id);
      if (!message.response) this.asked.ask(key, at);
      else this.take(this.answers, this.asked.answer(key, at), at);
    }
  }

  /** `now`: packet time, seconds. */
  summary(now: number): { handshake: Latency; dns: Latency } {
    return { handshake: this.handshakes.summary(now), dns: this.answers.summary(now) };
  }

  private take(ring: Ring, ms: number, at: number): void {
    if (!Number.isNaN(ms)) ring.add(at, ms);
  }
}
