/** Whether flows of a capture were scored: without scores, "no anomalies" would claim what nobody looked at. */
import { Empty } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';

export function useScored(capture: number): boolean {
  const detail = useAsk(`capture ${capture}`, (client, signal) => client.captures.get({ capture }, { signal }), {
    topics: ['captures'],
  }).data;
  return !detail || detail.scores === 'scored' || detail.scores === null;
}

export function NotScored() {
  return (
    <Empty title="Not enough data">
      The flows of this capture were not judged: there are too few of them to tell what is usual, or it was imported
      without scoring. Scores that single flows have all the same say little.
    </Empty>
  );
}
