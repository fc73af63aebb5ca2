/** Keeps a fault that comes again and again from filling the log: the first few of a kind a minute are told. */

/** Notices of a kind that are told within a minute, and its length, ms. */
const MOST = 5;
const MINUTE_MS = 60_000;
/** Kinds that are told apart. */
const KINDS = 100;

interface Told {
  since: number;
  told: number;
  passedOver: number;
}

export class NoticeGate {
  private readonly kinds = new Map<string, Told>();

  /**
   * The message as it is to be told at `now` (ms of a clock that only goes on): with how many like it were passed over
   * before it. Null: it is passed over itself.
   */
  pass(code: string, message: string, now: number): string | null {
    let kind = this.kinds.get(code);
    if (!kind) {
      if (this.kinds.size >= KINDS) return null;
      this.kinds.set(code, (kind = { since: now, told: 0, passedOver: 0 }));
    }
    if (now - kind.since >= MINUTE_MS) {
      kind.since = now;
      kind.told = 0;
    }
    if (kind.told >= MOST) {
      kind.passedOver++;
      return null;
    }
    kind.told++;
    const { passedOver } = kind;
    kind.passedOver = 0;
    if (passedOver === 0) return message;
    return `${message} (${passedOver.toLocaleString('en')} more of this kind came before and were not told.)`;
  }
}
