/** A number with its length: risk, share, confidence. The number is the message, the bar helps to compare. */
import { score } from '../lib/numbers.ts';
import { riskLevel } from '../lib/severity.ts';

export function Bar({
  share,
  tone = 'accent',
}: {
  share: number;
  tone?: 'accent' | 'high' | 'raised' | 'low' | 'none';
}) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <svg className={`bar bar-${tone}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-rail" width="100" height="4" />
      <rect className="bar-fill" width={width} height="4" />
    </svg>
  );
}

export function Risk({ risk }: { risk: number }) {
  const level = riskLevel(risk);
  return (
    <span className="risk" title={`risk ${risk.toFixed(4)} of 1: ${level}`}>
      <span className="risk-value">{score(risk)}</span>
      <Bar share={risk} tone={level} />
    </span>
  );
}
