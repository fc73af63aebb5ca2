/** Which answer belongs to which request of HTTP: connections carry several at once, and answers come in their order. */
import type { HttpMessage } from '../../../meter/protocols/types.ts';
import { BoundedMap } from './bounded.ts';

const FLOWS = 20_000;
/** Packet time after which a request is not answered any more, seconds. */
const PATIENCE = 300;
/** Requests of a connection that wait for their answers at once; a later one is taken for unanswered. */
const WAITING = 64;

interface Waiting<T> {
  /** Of the requests: an answer comes from the other end. */
  fromOrig: boolean;
  /** Oldest first; undefined: nobody wants to know. */
  asked: (T | undefined)[];
}

export class Exchanges<T> {
  private readonly waiting = new BoundedMap<number, Waiting<T>>({ ceiling: FLOWS, lifetime: PATIENCE });

  /** Every request of a flow that may matter must be told of; `value` of those whose answers do. */
  ask({ flow, fromOrig, sec }: HttpMessage, value: T | undefined): void {
    const waiting = this.waiting.touch(flow, sec);
    if (!waiting) this.waiting.set(flow, { fromOrig, asked: [value] }, sec);
    else if (waiting.fromOrig === fromOrig && waiting.asked.length < WAITING) waiting.asked.push(value);
  }

  /** What the message answers; undefined where that is nothing, or nothing that matters. */
  answered({ flow, fromOrig, sec, status }: HttpMessage): T | undefined {
    if (status < 200) return undefined;
    const waiting = this.waiting.touch(flow, sec);
    if (!waiting || waiting.fromOrig === fromOrig) return undefined;
    const value = waiting.asked.shift();
    if (waiting.asked.length === 0) this.waiting.delete(flow);
    return value;
  }
}
