/** How far a training is, from what its steps say of themselves: it never goes back. */
import type { ReadProgress } from '../../../detect/lab/formats/registry.ts';

/** Parts of the whole: reading, a search where there is one, and in halves the fit that is judged and the one that is kept. */
const READ = 0.15;
const SEARCHED = 0.55;
const LEARNT = 0.95;
/** Rather than after every portion of a file, ms. */
const TOLD_MS = 100;

export class TrainingProgress {
  private readonly tell: (step: string, share: number) => void;
  private share = 0;
  private twice = false;
  private searched = false;
  private toldAt = -Infinity;

  constructor(tell: (step: string, share: number) => void) {
    this.tell = tell;
  }

  read({ path, bytesRead, bytesTotal }: ReadProgress): void {
    const now = performance.now();
    if (now - this.toldAt < TOLD_MS) return;
    this.toldAt = now;
    this.at(`reading ${path}`, bytesTotal > 0 ? (bytesRead / bytesTotal) * READ : 0);
  }

  /** `part` of the step that is at hand, 0…1. */
  learn(what: string, part?: number): void {
    const searching = what.startsWith('searching');
    const first = what.startsWith('learning without');
    this.twice ||= first;
    this.searched ||= searching;
    const begin = this.searched && !searching ? SEARCHED : READ;
    const half = (begin + LEARNT) / 2;
    const end = searching ? SEARCHED : first ? half : LEARNT;
    const from = this.twice && !first ? half : begin;
    const begun = searching || what.startsWith('learning');
    this.at(what, begun ? from + (part ?? 0) * (end - from) : this.share);
  }

  private at(step: string, share: number): void {
    this.share = Math.max(this.share, share);
    this.tell(step, this.share);
  }
}
