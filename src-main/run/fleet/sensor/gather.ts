/** Observations to the rows of batches, one batch a shard: each row goes to the shard of its host of ours. */
import type { Observations } from '../../../detect/types.ts';
import { isPrivate, type HostTable } from '../../../meter/hosts.ts';
import { shardOf } from '../names.ts';
import type { CardNews } from '../types.ts';
import { wasSent, type Sent } from './resume.ts';
import type { BatchBody } from '../wire/codec.ts';
import { appendRows, type Rows } from '../wire/rows.ts';
import { FULL, ShardRows, type SliceFacts } from './shard-rows.ts';

const WORDS = 4;
const UNKNOWN = 0xffff;

export class Gatherer {
  private readonly hosts: HostTable;
  private readonly shards: readonly ShardRows[];
  /** Shard by host. */
  private known = new Uint16Array(1024).fill(UNKNOWN);
  /** Told in the middle of a slice that has more rows than a batch takes. */
  private readonly onFull: (cell: number) => void;

  constructor(hosts: HostTable, shards: number, onFull: (cell: number) => void) {
    this.hosts = hosts;
    this.shards = Array.from({ length: shards }, () => new ShardRows(hosts));
    this.onFull = onFull;
  }

  /** Leaves out what was sent before. */
  resume(sent: readonly (Sent | undefined)[]): void {
    for (const [i, shard] of this.shards.entries()) shard.sent = sent[i];
  }

  /** Flows and events that wait, in the shard that has most. */
  get waiting(): number {
    return Math.max(...this.shards.map(({ rows: { flows, events } }) => Math.max(flows.count, events.count)));
  }

  /** Whether a shard should be sent before more is taken. */
  isFull(): boolean {
    return this.shards.some((shard) => shard.isFull());
  }

  take(facts: SliceFacts, seen: Observations, cards: CardNews): void {
    const { now } = seen;
    const { events, flows, windows, pulses, messages } = seen;
    const { origHost, respHost } = events.columns;
    this.table('events', facts, now, events, (row) => this.shardOfPair(origHost[row]!, respHost[row]!));
    this.messages(facts, now, messages);
    const { origHost: from, respHost: to } = flows.columns;
    this.table('flows', facts, now, flows, (row) => this.shardOfPair(from[row]!, to[row]!));
    const { host } = windows.columns;
    this.table('windows', facts, now, windows, (row) => this.shardOfHost(host[row]!));
    const { host: pulsing } = pulses.columns;
    this.table('pulses', facts, now, pulses, (row) => this.shardOfHost(pulsing[row]!));
    this.cards(facts, now, cards);
    // The receiver knows the cells with packets from their slices.
    const { sent } = this.shards[0]!;
    if (sent && isOver(sent, facts)) return;
    if (facts.packets > 0 && this.shards.every(({ rows }) => rows.heads.at(-1)?.number !== facts.number)) {
      this.shards[0]!.head(facts, now);
    }
  }

  /** What each shard has gathered. */
  flush(): BatchBody[] {
    return this.shards.map((shard) => shard.take());
  }

  private table<N extends 'events' | 'flows' | 'windows' | 'pulses'>(
    name: N,
    facts: SliceFacts,
    now: number,
    source: Rows[N],
    shardOfRow: (row: number) => number,
  ): void {
    for (let from = 0; from < source.count;) {
      const number = shardOfRow(from);
      let to = from + 1;
      while (to < source.count && to - from < FULL[name] && shardOfRow(to) === number) to++;
      const shard = this.shards[number]!;
      if (shard.sent) while (from < to && wasSent(shard.sent, facts, name, from)) from++;
      if (from === to) continue;
      if (shard.isFull()) this.onFull(facts.cell);
      const head = shard.head(facts, now);
      const at = shard.rows[name].count;
      appendRows(name, shard.rows, source, { from, to, numberOf: shard.numberOf });
      for (let row = from; row < to; row++) shard.rows.order[name].push(row);
      if (name === 'flows') this.metas(shard, source as Rows['flows'], from, to, at);
      head.rows[name] += to - from;
      from = to;
    }
  }

  private metas(shard: ShardRows, { meta }: Rows['flows'], from: number, to: number, at: number): void {
    for (let row = from; row < to; row++) shard.rows.flows.meta[at + row - from] = meta[row];
  }

  private messages(facts: SliceFacts, now: number, messages: Observations['messages']): void {
    for (const [row, message] of messages.entries()) {
      const shard = this.shards[this.shardOfPair(message.orig, message.resp)]!;
      if (shard.sent && wasSent(shard.sent, facts, 'messages', row)) continue;
      if (shard.isFull()) this.onFull(facts.cell);
      const head = shard.head(facts, now);
      shard.rows.messages.push({ ...message, orig: shard.numberOf(message.orig), resp: shard.numberOf(message.resp) });
      shard.rows.order.messages.push(row);
      head.rows.messages++;
    }
  }

  private cards(facts: SliceFacts, now: number, { host, mac }: CardNews): void {
    for (const [i, id] of host.entries()) {
      const shard = this.shards[this.shardOfHost(id)]!;
      if (shard.sent && isOver(shard.sent, facts)) continue;
      shard.head(facts, now).cards++;
      shard.rows.cards.host.push(shard.numberOf(id));
      shard.rows.cards.mac.push(mac[i]!);
    }
  }

  /** Of the end that is ours; the originator's where both are, or none. */
  private shardOfPair(orig: number, resp: number): number {
    if (this.shards.length === 1) return 0;
    return this.shardOfHost(!this.isOurs(orig) && this.isOurs(resp) ? resp : orig);
  }

  private isOurs(host: number): boolean {
    const { words } = this.hosts;
    const at = host * WORDS;
    return isPrivate(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }

  private shardOfHost(host: number): number {
    if (this.shards.length === 1 || host === 0) return 0;
    if (host >= this.known.length) this.grow(host);
    const known = this.known[host]!;
    if (known !== UNKNOWN) return known;
    return (this.known[host] = shardOf(this.hosts.words, host * WORDS, this.shards.length));
  }

  private grow(host: number): void {
    const wider = new Uint16Array(Math.max(host + 1, this.known.length * 2)).fill(UNKNOWN);
    wider.set(this.known);
    this.known = wider;
  }
}

/** Whether nothing of a slice is left to be sent but what may be sent twice. */
const isOver = (sent: Sent, { number, cell }: SliceFacts): boolean => cell < sent.until || number < sent.number;
