/**
 * Drift of the whole network: rates (packets, bytes, new flows a second) and latencies (TCP handshake, DNS answer), minute
 * by minute against their own past (`detectors/drift`). A note for information, never more: that traffic grew or answers
 * slowed down is sure, whether anyone did wrong is not. Needs two hours before it says anything.
 *
 * Confidence: 0.2 at the limit, +0.1 for each doubling beyond it, at most 0.5.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { DnsMessage } from '../../meter/protocols/types.ts';
import { MEASURES, type Measure } from '../detectors/drift/measures.ts';
import { readSeries, writeSeries } from '../detectors/drift/saved.ts';
import { DriftSeries, LONGEST_PAUSE, type Drift } from '../detectors/drift/series.ts';
import { AnswerTimes, questionKey } from '../features/answer-times.ts';
import type { Behaviour, BehaviourContext, Observations } from '../types.ts';
import { fact, makeFinding } from './common/finding.ts';
import { formatBitRate, formatBytes, formatList, formatNumber } from './common/words.ts';

const MINUTE = 60;
/** Flows whose opening, and questions whose time, are remembered at once (primes). */
const OPENED = 65_537;
const ASKED = 4099;
/** Samples of a latency kept of a minute. */
const SAMPLES = 512;
/** Flows of a minute that a note points to, and minutes that are not closed yet. */
const FLOWS = 512;
const OPEN_MINUTES = 64;
/** Whose traffic it mostly is: so many hosts, each with at least this share. */
const NAMED = 3;
const NAMED_SHARE = 0.2;

interface Minute {
  handshakes: number[];
  answers: number[];
  flows: number[];
}

export class TrafficDrift implements Behaviour {
  readonly id = 'drift';
  readonly history = {
    save: (): string => writeSeries(this.series),
    resume: (saved: string): void => {
      this.series = readSeries(saved) ?? newSeries();
      // How long nobody watched is not known.
      for (const series of this.series) series.pause();
    },
  };
  private series = newSeries();
  private readonly opened = new AnswerTimes(OPENED);
  private readonly asked = new AnswerTimes(ASKED);
  private readonly minutes = new Map<number, Minute>();
  /** Sums over the hosts of the minute that windows are coming in for. */
  private current:
    { start: number; packets: number; bytes: number; flows: number; byHost: Map<number, number> } | undefined;
  private closed = NaN;
  /** The minute of the last event: nearly always that of the next. */
  private latest: { start: number; minute: Minute } | undefined;

  observe(seen: Observations, context: BehaviourContext): void {
    this.takeEvents(seen);
    for (const message of seen.messages) if (message.kind === 'dns') this.takeDns(message);
    const w = seen.windows.columns;
    for (let i = 0; i < seen.windows.count; i++) {
      if (w.length[i] !== MINUTE) continue;
      const start = w.start[i]!;
      if (this.current && this.current.start !== start) this.close(context);
      this.current ??= { start, packets: 0, bytes: 0, flows: 0, byHost: new Map() };
      const bytes = w.bytesOut[i]!;
      this.current.packets += w.packetsOut[i]!;
      this.current.bytes += bytes;
      this.current.flows += w.flowsOut[i]!;
      this.current.byHost.set(w.host[i]!, bytes + w.bytesIn[i]!);
    }
    // All windows of a minute come in one delivery.
    if (this.current) this.close(context);
  }

  finish(): void {
    // The last minute, cut short, was delivered with the others.
  }

  private takeEvents({ events }: Observations): void {
    const c = events.columns;
    for (let i = 0; i < events.count; i++) {
      const kind = c.kind[i]!;
      const flow = c.flow[i]!;
      const at = c.sec[i]! + c.nano[i]! / 1e9;
      const tcp = c.proto[i] === PROTO.TCP;
      if (kind === FLOW_EVENT.OPEN) {
        if (tcp) this.opened.ask(flow, at);
        const { flows } = this.at(at);
        if (flows.length < FLOWS) flows.push(flow);
      } else if (kind === FLOW_EVENT.ANSWERED && tcp) {
        this.sample(this.at(at).handshakes, this.opened.answer(flow, at));
      }
    }
  }

  private takeDns({ variant, response, flow, id, sec, nano }: DnsMessage): void {
    if (variant !== 'dns' || flow < 0) return;
    const at = sec + nano / 1e9;
    const key = questionKey(flow, id);
    if (response) this.sample(this.at(at).answers, this.asked.answer(key, at));
    else this.asked.ask(key, at);
  }

  private sample(into: number[], ms: number): void {
    if (!Number.isNaN(ms) && into.length < SAMPLES) into.push(ms);
  }

  private at(second: number): Minute {
    const start = Math.floor(second / MINUTE) * MINUTE;
    if (this.latest?.start === start) return this.latest.minute;
    let minute = this.minutes.get(start);
    if (!minute) {
      minute = { handshakes: [], answers: [], flows: [] };
      // A clock that jumps about opens minutes that never close.
      if (this.minutes.size >= OPEN_MINUTES) this.minutes.clear();
      this.minutes.set(start, minute);
    }
    this.latest = { start, minute };
    return minute;
  }

  private close(context: BehaviourContext): void {
    const { start, packets, bytes, flows, byHost } = this.current!;
    this.current = undefined;
    if (start <= this.closed) return;
    this.fill(start);
    const first = Number.isNaN(this.closed);
    this.closed = start;
    const minute = this.at(start);
    this.latest = undefined;
    for (const known of this.minutes.keys()) if (known <= start) this.minutes.delete(known);
    // The first minute began before the capture did.
    if (first) return;
    const values: Record<string, number> = { packets, bytes, flows };
    for (const series of this.series) {
      const found =
        series.measure.kind === 'rate'
          ? series.rate(start, values[series.measure.id]! / MINUTE)
          : series.latencies(start, series.measure.id === 'dns-answer' ? minute.answers : minute.handshakes);
      for (const drift of found) this.report(series.measure, drift, minute, byHost, context);
    }
  }

  /** Minutes without any packet were silent; a long pause says nothing. */
  private fill(start: number): void {
    const missing = (start - this.closed) / MINUTE - 1;
    if (!(missing >= 1)) return;
    if (missing > LONGEST_PAUSE) {
      for (const series of this.series) series.pause();
      return;
    }
    for (let m = 1; m <= missing; m++) {
      const second = this.closed + m * MINUTE;
      for (const series of this.series) {
        if (series.measure.kind === 'rate') series.rate(second, 0);
        else series.latencies(second, []);
      }
    }
  }

  private report(
    measure: Measure,
    drift: Drift,
    minute: Minute,
    byHost: ReadonlyMap<number, number>,
    context: BehaviourContext,
  ): void {
    const rate = measure.kind === 'rate';
    const hosts = rate && drift.rising ? mostly(byHost) : [];
    const who = formatList(hosts.map((host) => context.hosts.address(host)));
    const words = `${wordsOf(measure, drift.value)}, ${wordsOf(measure, drift.usual)} ${drift.rising ? 'is' : 'was'} usual`;
    const what = rate ? `The network carries ${words}` : `A ${measure.name} takes ${words}`;
    context.report(
      `${this.id}:${drift.method} ${measure.id} ${drift.from}`,
      makeFinding({
        detector: `${this.id}:${drift.method}`,
        kind: rate ? 'behavioural-anomaly' : 'timing-anomaly',
        severity: 'info',
        confidence: Math.min(0.5, 0.2 + 0.1 * Math.log2(Math.max(1, drift.strength))),
        title: what,
        summary: `${what}. ${who === '' ? 'Nothing says why.' : `Most of it in the last minute: ${who}.`}`,
        sources: hosts,
        targets: [],
        first: { sec: drift.from, nano: 0 },
        decided: { sec: drift.decided, nano: 0 },
        last: { sec: drift.to, nano: 0 },
        evidence: drift.facts.map(({ text, value, usual, unit }) => fact(text, value, unit, usual)),
        flows: drift.rising ? minute.flows : [],
        response: [
          rate
            ? 'See in the timeline when it began and which hosts and services it is; mark it as expected if it is known.'
            : 'See whether one server or all are slower: a server that is busy, or a line that is full.',
        ],
      }),
    );
  }
}

function wordsOf({ id, unit }: Measure, value: number): string {
  if (id === 'bytes') return `${formatBytes(value)}/s (${formatBitRate(value * 8)})`;
  return `${formatNumber(value)} ${unit}`;
}

const newSeries = (): DriftSeries[] => MEASURES.map((measure) => new DriftSeries(measure));

/** Hosts that a large part of the minute's bytes came from or went to, most first. */
function mostly(byHost: ReadonlyMap<number, number>): number[] {
  // Every byte counts at both of its ends.
  const all = [...byHost.values()].reduce((a, b) => a + b, 0) / 2;
  const ranked = [...byHost].filter(([host, bytes]) => host !== 0 && bytes >= all * NAMED_SHARE);
  return ranked
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, NAMED)
    .map(([host]) => host);
}
