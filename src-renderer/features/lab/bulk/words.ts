import type { ScoreVerdict } from '../../../../src-shared/contract/topics/scoring.ts';

export const VERDICT_WORDS: Record<ScoreVerdict, string> = {
  anomalous: 'anomalous',
  ordinary: 'ordinary',
  'not-judged': 'not judged',
  unreadable: 'unreadable',
};
