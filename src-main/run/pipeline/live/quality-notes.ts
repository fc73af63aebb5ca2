/** Tells of a live capture that cannot be trusted, once for each reason, while it can still be mended. */
import type { QualityCode } from '../../../../src-shared/domain/capture-quality.ts';
import type { LiveSource } from './source.ts';

/** What the source tells in its own words, and what a capture that has only begun says of every link. */
const TOLD_ELSEWHERE: ReadonlySet<QualityCode> = new Set(['packets-lost', 'too-short', 'files-apart']);

export class QualityNotes {
  private readonly told = new Set<QualityCode>(TOLD_ELSEWHERE);

  /** What is wrong that was not told yet. Walks what was counted: not for every packet. */
  news(source: Pick<LiveSource, 'meter' | 'summaries' | 'insistent'>): string[] {
    const facts = { inputs: source.summaries(), fewFlows: undefined, isLive: source.insistent };
    const fresh = source.meter.quality.judge(facts).filter(({ code }) => !this.told.has(code));
    for (const { code } of fresh) this.told.add(code);
    return fresh.map(({ title, message, cure }) => `${title}. ${message} ${cure}`);
  }
}
