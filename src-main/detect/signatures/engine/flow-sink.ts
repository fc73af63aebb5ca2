/** What the application layer of a flow tells, with the flow. Thousands are made a second: they share what they tell to. */
import type { AppSink, Direction, Expected, Transaction } from '../app/types.ts';
import type { RuleFlow } from '../flow/flow.ts';

export interface FlowTold {
  transaction(flow: RuleFlow, transaction: Transaction): void;
  event(flow: RuleFlow, name: string, direction: Direction): void;
  frame(flow: RuleFlow, buffer: string, direction: Direction, pieces: readonly Uint8Array[]): void;
  expect(flow: RuleFlow, expected: Expected): void;
}

export class FlowSink implements AppSink {
  private readonly flow: RuleFlow;
  private readonly told: FlowTold;

  constructor(flow: RuleFlow, told: FlowTold) {
    this.flow = flow;
    this.told = told;
  }

  transaction(transaction: Transaction): void {
    this.told.transaction(this.flow, transaction);
  }

  event(name: string, direction: Direction): void {
    this.told.event(this.flow, name, direction);
  }

  frame(buffer: string, direction: Direction, pieces: readonly Uint8Array[]): void {
    this.told.frame(this.flow, buffer, direction, pieces);
  }

  expect(expected: Expected): void {
    this.told.expect(this.flow, expected);
  }

  protocol(name: string): void {
    this.flow.protocols = [...this.flow.protocols, name];
  }
}
