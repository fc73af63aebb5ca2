/**
 * Rows of a table that may have millions, held by the page around what is looked at. Pages next to one that is there
 * are asked for by its cursor, which is cheap at any depth; others by their offset.
 */
import type { SondeError } from '../../../src-shared/errors.ts';
import { asSondeError } from '../../lib/queries.ts';

export interface Page<Row> {
  rows: Row[];
  next: string | null;
}

export interface PageQuestion {
  limit: number;
  cursor?: string;
  offset?: number;
}

export type LoadPage<Row> = (question: PageQuestion, signal: AbortSignal) => Promise<Page<Row>>;

export const PAGE = 200;
/** Pages kept: 20,000 rows, about 15 MB. */
const KEPT = 100;

export interface PagesState {
  /** Rows known to exist, from the pages that came. */
  known: number;
  /** Whether `known` is all. */
  complete: boolean;
  loading: boolean;
  error: SondeError | null;
}

export class Pages<Row> {
  private readonly load: LoadPage<Row>;
  private readonly changed: () => void;
  private readonly pages = new Map<number, Page<Row>>();
  private readonly running = new Map<number, AbortController>();
  /** How many rows there were said to be when a page was asked for. */
  private readonly askedOf = new Map<number, number>();
  private ended = false;
  state: PagesState = { known: 0, complete: false, loading: false, error: null };

  constructor(load: LoadPage<Row>, changed: () => void) {
    this.load = load;
    this.changed = changed;
  }

  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /**
   * Asks for what of `first`…`last` is missing, and gives up what is no longer wanted. `count`: how many rows there are said to be;
   * a last page that should have more by now is asked for again, once for each number.
   */
  want(first: number, last: number, count = 0): void {
    if (this.ended || this.state.error) return;
    const [from, to] = [Math.max(0, Math.floor(first / PAGE)), Math.floor(last / PAGE)];
    for (const [page, abort] of this.running) {
      if (page < from || page > to) {
        abort.abort();
        this.running.delete(page);
      }
    }
    for (let page = from; page <= to; page++) {
      if (this.running.has(page) || (this.pages.has(page) && !this.hasGrown(page, count))) continue;
      this.askedOf.set(page, count);
      void this.ask(page);
    }
  }

  private hasGrown(page: number, count: number): boolean {
    const { length } = this.pages.get(page)!.rows;
    return length < PAGE && page * PAGE + length < count && this.askedOf.get(page) !== count;
  }

  /** After an error, or to see what is new. */
  again(): void {
    this.set({ error: null });
  }

  /** Ends what is under way; its rows stay blank until asked for again. */
  cancel(): void {
    for (const abort of this.running.values()) abort.abort();
    this.running.clear();
    this.set({ loading: false });
  }

  end(): void {
    this.ended = true;
    for (const abort of this.running.values()) abort.abort();
    this.running.clear();
  }

  private async ask(page: number): Promise<void> {
    const abort = new AbortController();
    this.running.set(page, abort);
    this.set({ loading: true });
    const cursor = this.pages.get(page - 1)?.next ?? null;
    const where = cursor === null ? (page === 0 ? {} : { offset: page * PAGE }) : { cursor };
    try {
      const answer = await this.load({ limit: PAGE, ...where }, abort.signal);
      if (this.running.get(page) !== abort) return;
      this.running.delete(page);
      this.keep(page, answer);
    } catch (error) {
      if (this.running.get(page) !== abort) return;
      this.running.delete(page);
      this.set({ loading: this.running.size > 0, error: asSondeError(error) });
    }
  }

  private keep(page: number, answer: Page<Row>): void {
    this.pages.set(page, answer);
    const oldest = [...this.pages.keys()][0];
    if (this.pages.size > KEPT && oldest !== undefined) this.pages.delete(oldest);
    this.set({
      loading: this.running.size > 0,
      known: Math.max(this.state.known, page * PAGE + answer.rows.length),
      complete: answer.next === null || (this.state.complete && page * PAGE + answer.rows.length < this.state.known),
    });
  }

  private set(change: Partial<PagesState>): void {
    this.state = { ...this.state, ...change };
    if (!this.ended) this.changed();
  }
}
