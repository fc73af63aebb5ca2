/** What goes on while nobody looks: a mark in the tray with its words, and the bar on the window's button. */
import type { Tray } from 'electron';

/** What is under way, in words; `share`: how far, 0…1, null where nobody knows, 'endless' for what has no end. */
export interface Work {
  text: string;
  share: number | null | 'endless';
}

export interface ProgressParts {
  /** Null where there is no place for one. */
  makeTray(): Tray | null;
  /** Of the window's button; -1: none, above 1: unknown. */
  setBar(share: number): void;
  onClick(): void;
}

const NO_BAR = -1;
const UNKNOWN_BAR = 2;

/** Several kinds of work may be under way; each has a name, under which it is brought up to date and ended. */
export class Progress {
  private readonly parts: ProgressParts;
  private readonly works = new Map<string, Work>();
  private tray: Tray | null = null;

  constructor(parts: ProgressParts) {
    this.parts = parts;
  }

  /** `work` null: it has ended. */
  set(name: string, work: Work | null): void {
    if (work) this.works.set(name, work);
    else this.works.delete(name);
    this.show();
  }

  /** Of the first that has an end. */
  private share(): number {
    for (const { share } of this.works.values()) if (share !== 'endless') return share ?? UNKNOWN_BAR;
    return NO_BAR;
  }

  private show(): void {
    const [first] = this.works.values();
    if (!first) {
      this.parts.setBar(NO_BAR);
      this.tray?.destroy();
      this.tray = null;
      return;
    }
    this.parts.setBar(this.share());
    if (!this.tray) {
      this.tray = this.parts.makeTray();
      this.tray?.on('click', () => this.parts.onClick());
    }
    this.tray?.setToolTip([...this.works.values()].map(({ text }) => text).join('\n'));
  }
}
