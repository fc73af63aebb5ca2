/** A state as a word: what is to be looked at is told by shape and colour, too. */
import type { Said } from './words.ts';

const MARKS = { good: '●', off: '○', bad: '▲' } as const;

export function State({ said: { word, why, tone } }: { said: Said }) {
  return (
    <span className={`fleet-state fleet-${tone}`} title={why}>
      <span aria-hidden>{MARKS[tone]}</span> {word}
    </span>
  );
}
