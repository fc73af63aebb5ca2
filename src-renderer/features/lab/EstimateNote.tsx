/** Above the button that starts an experiment: how long it will take. */
import { counted, exact } from '../../lib/numbers.ts';
import { longest, roughly, type Estimate } from './estimate.ts';

interface EstimateNoteProps {
  /** null: nothing is known of the files yet. */
  estimate: Estimate | null;
  /** Experiments of this desk by which it was corrected. */
  experiments: number;
}

export function EstimateNote({ estimate, experiments }: EstimateNoteProps) {
  return (
    <div role="status" className="lab-estimate">
      {estimate === null ? (
        <p className="dim">Once training data are chosen, how long it will take stands here.</p>
      ) : (
        <>
          <p>
            It will take <strong>{roughly(estimate.seconds)}</strong>, and can be cancelled at any time.
          </p>
          <p className="dim">
            For some {exact(round(estimate.rows))} records of {counted(estimate.columns, 'encoded column')}.{' '}
            {longestText(estimate)}
            {experiments > 0
              ? `By the last ${experiments === 1 ? 'experiment' : `${experiments} experiments`} on this machine.`
              : 'As measured on another machine; the first experiment will tell how fast this one is.'}
          </p>
        </>
      )}
    </div>
  );
}

function longestText(estimate: Estimate): string {
  const most = longest(estimate);
  return most.length === 0 ? '' : `Longest: ${most.join(', ')}. `;
}

/** Two digits: the length of a line is a guess. */
const round = (rows: number): number => Number(rows.toPrecision(2));
