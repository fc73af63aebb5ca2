/**
 * Presentation contexts of one connection or pipe (C706 12.6.4.3): which interface the number in a call stands for.
 *
 * A number that is new, or stood for an interface without a name, is taken as asked for: not every capture holds the
 * answers. One that stands for a known interface changes only once the server has agreed.
 */
import type { FlowContext } from '../context.ts';
import { interfaceOrdinal } from './rpc-interfaces.ts';

/** Contexts kept of interfaces that have a name, and of others. */
const NAMED = 256;
const OTHERS = 32;
const CONTEXT_BYTES = 128;
/** Requests that wait for their answer, and what an offer in them takes. */
const WAITING = 8;
const OFFER_BYTES = 96;

export interface Offer {
  readonly context: number;
  readonly bound: string;
}

interface Request {
  readonly fromOrig: boolean;
  readonly offers: readonly Offer[];
  /** What the contexts stood for before. */
  readonly before: readonly string[];
}

export class RpcContexts {
  private readonly bound = new Map<number, string>();
  private others = 0;
  private readonly waiting = new Map<number, Request>();

  /** The interface, '' when its bind was not seen. */
  of(context: number): string {
    return this.bound.get(context) ?? '';
  }

  /** `answers`: an answer to `call` may be seen. */
  ask(flow: FlowContext, call: number, offers: readonly Offer[], answers: boolean): void {
    const before = offers.map(({ context }) => this.of(context));
    for (const { context, bound } of offers) {
      const known = interfaceOrdinal(this.of(context)) > 0;
      if (!known) this.take(flow, context, bound);
    }
    if (!answers) return;
    this.answered(flow, call);
    if (this.waiting.size >= WAITING) this.answered(flow, this.waiting.keys().next().value!);
    if (flow.keep(offers.length * OFFER_BYTES)) this.waiting.set(call, { fromOrig: flow.fromOrig, offers, before });
  }

  /** `results`: of each offer in its order, 0 where the server agreed; those that are missing say nothing. */
  answer(flow: FlowContext, call: number, results: readonly number[]): void {
    const request = this.waiting.get(call);
    if (!request || request.fromOrig === flow.fromOrig) return;
    this.answered(flow, call);
    results.forEach((result, i) => {
      const offer = request.offers[i];
      if (!offer) return;
      if (result === 0) this.take(flow, offer.context, offer.bound);
      else if (this.of(offer.context) === offer.bound) this.take(flow, offer.context, request.before[i]!);
    });
  }

  /** The connection or pipe ended before the flow. */
  forget(flow: FlowContext): void {
    flow.drop(this.bound.size * CONTEXT_BYTES);
    this.bound.clear();
    this.others = 0;
    for (const call of [...this.waiting.keys()]) this.answered(flow, call);
  }

  private answered(flow: FlowContext, call: number): void {
    const request = this.waiting.get(call);
    if (!request) return;
    this.waiting.delete(call);
    flow.drop(request.offers.length * OFFER_BYTES);
  }

  /** The context stands for `bound` from now on, for nothing when that is ''. */
  private take(flow: FlowContext, context: number, bound: string): void {
    const before = this.of(context);
    if (before === bound) return;
    if (before !== '') {
      this.bound.delete(context);
      flow.drop(CONTEXT_BYTES);
      if (interfaceOrdinal(before) === 0) this.others--;
    }
    if (bound === '') return;
    const known = interfaceOrdinal(bound) > 0;
    if (known ? this.bound.size - this.others >= NAMED : this.others >= OTHERS) return flow.giveUp();
    if (!flow.keep(CONTEXT_BYTES)) return;
    this.bound.set(context, bound);
    if (!known) this.others++;
  }
}
