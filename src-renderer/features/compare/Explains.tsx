import type { Comparison } from '../../../src-shared/contract/topics/compare.ts';
import { Panel } from '../../components/Panel.tsx';
import { percent } from '../../lib/numbers.ts';
import { amountText, changeText, Named } from './parts.tsx';

interface ExplainsProps {
  found: Comparison;
  captures: readonly [number | undefined, number | undefined];
}

/** The few hosts and services that carry most of the difference. */
export function Explains({ found, captures }: ExplainsProps) {
  const { a, b, change, rows, covered } = found.explains;
  return (
    <Panel
      title="What explains the difference"
      note="by service and host: ours, or who began it where both or none are ours"
    >
      <p>
        {amountText(a, found)} in A, {amountText(b, found)} in B: <strong>{changeText(change, found)}</strong>.{' '}
        {rows.length === 0
          ? 'No host changed how much it sends and receives.'
          : `These carry ${percent(covered)} of everything that became more or less.`}
      </p>
      <ul className="compare-bars">
        {rows.map((row) => (
          <li key={`${row.address} ${row.service}`}>
            <span className="compare-who">
              <Named address={row.address} name={row.name} capture={row.b === 0 ? captures[0] : captures[1]} /> ·{' '}
              {row.service}
            </span>
            <span className="compare-track" aria-hidden="true">
              <svg width="100%" height="8" preserveAspectRatio="none" viewBox="0 0 100 8">
                <rect className={row.change < 0 ? 'compare-less' : 'compare-more'} width={row.share * 100} height="8" />
              </svg>
            </span>
            <span className="number">{changeText(row.change, found)}</span>
            <span className="number dim">{percent(row.share)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
