/**
 * Which calls are told however many came before them: each bind and operation of an interface that has a name, and
 * calls on distributed objects, the first times. So a crowd of calls hides none that it does not repeat.
 */
import type { FlowContext } from '../context.ts';
import { interfaceOrdinal } from './rpc-interfaces.ts';

/** Times each is told: more than any behaviour waits for. */
export const TIMES = 16;
/** Operation numbers told apart; those of known interfaces that mean something are lower. The last stands for binding. */
export const OPERATIONS = 128;
const ROW_BYTES = OPERATIONS + 128;

export class RpcTold {
  /** By number of the interface (0: objects of any other one): how often each operation was told. */
  private readonly rows = new Map<number, Uint8Array>();
  /** Classes that were told of: a handful of constants. */
  private readonly classes = new Set<string>();

  /** `operation`: -1 for a bind. */
  first(flow: FlowContext, bound: string, operation: number, object: boolean, className: string): boolean {
    if (className !== '' && !this.classes.has(className)) {
      this.classes.add(className);
      return true;
    }
    const ordinal = interfaceOrdinal(bound);
    if (ordinal === 0 && !object) return false;
    const column = ordinal === 0 ? 0 : operation < 0 ? OPERATIONS - 1 : operation;
    if (column >= OPERATIONS) return false;
    const row = this.rows.get(ordinal) ?? this.row(flow, ordinal);
    if (!row || row[column]! >= TIMES) return false;
    row[column]!++;
    return true;
  }

  forget(flow: FlowContext): void {
    flow.drop(this.rows.size * ROW_BYTES);
    this.rows.clear();
    this.classes.clear();
  }

  private row(flow: FlowContext, ordinal: number): Uint8Array | undefined {
    if (!flow.keep(ROW_BYTES)) return undefined;
    const row = new Uint8Array(OPERATIONS);
    this.rows.set(ordinal, row);
    return row;
  }
}
