/** Severities told apart by shape first, by colour second: octagon, triangle, circle. */
import type { Severity } from '../../src-shared/domain/incident.ts';
import { severityWord } from '../lib/severity.ts';

const SHAPES: Record<Severity, string> = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  warning: 'M8 1.5 15.5 14.5H.5z',
  info: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z',
};

/** With `word` the severity is also written out; without it is named for screen readers. */
export function SeverityMark({ severity, word = false }: { severity: Severity; word?: boolean }) {
  return (
    <span className={`severity severity-${severity}`}>
      <svg
        viewBox="0 0 16 16"
        width="14"
        height="14"
        {...(word ? { 'aria-hidden': true } : { role: 'img', 'aria-label': severityWord(severity) })}
      >
        {word ? null : <title>{severityWord(severity)}</title>}
        <path d={SHAPES[severity]} />
      </svg>
      {word ? <span>{severityWord(severity)}</span> : null}
    </span>
  );
}
