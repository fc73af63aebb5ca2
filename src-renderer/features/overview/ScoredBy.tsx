/** Which models of the lab scored the capture beside the detectors that always do. */
import { useAsk } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import './judged.css';

export function ScoredBy({ capture }: { capture: number }) {
  const detail = useAsk(`capture ${capture}`, (client, signal) => client.captures.get({ capture }, { signal }), {
    topics: ['captures'],
  }).data;
  if (!detail || detail.promoted.length === 0) return null;
  const scored = new Map(detail.detectors.map(({ id, flowsScored }) => [id, flowsScored]));
  return (
    <details className="notes judged" open>
      <summary>Scored by {counted(detail.promoted.length, 'model')} of the lab too</summary>
      <ul>
        {detail.promoted.map(({ id, name, alarms }) => (
          <li key={id}>
            {name} ({id}): {exact(alarms)} of {counted(scored.get(id) ?? 0, 'flow')} at or above its threshold
          </li>
        ))}
      </ul>
    </details>
  );
}
