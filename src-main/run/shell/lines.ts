/**
 * Lines of pages to the engine that runs. A page is told when the engine is gone: a port of Chromium does not say so
 * (its `close` event does not come, as tried with Chromium 156).
 */
import { TELL } from './channels.ts';
import type { Frame } from './electron-parts.ts';

/** Lines that are remembered: a page has one, and pages that are gone leave theirs. */
const MOST = 64;

export class Lines {
  private readonly lines = new Map<string, Pick<Frame, 'postMessage'>>();

  /** `token`: by which the page knows it. */
  add(token: string, page: Pick<Frame, 'postMessage'>): void {
    if (this.lines.size >= MOST) this.lines.delete(this.lines.keys().next().value!);
    this.lines.set(token, page);
  }

  /** The engine is gone, and every line with it. */
  lost(): void {
    const gone = [...this.lines];
    this.lines.clear();
    for (const [token, page] of gone) {
      try {
        page.postMessage(TELL.lost, token);
      } catch {
        // The page is gone too.
      }
    }
  }
}
