/** By which settings the capture was judged: they may have changed since. */
import type { CaptureDetail } from '../../../src-shared/contract/topics/captures.ts';
import { useAsk } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import './judged.css';

const ENVIRONMENT: Record<string, string> = {
  home: 'a home network',
  office: 'a small office',
  enterprise: 'an enterprise network',
};

const COUNTED =
  'Hosts of yours are here those that spoke with another; the list of hosts has every address that occurs in a packet.';

export function JudgedBy({ capture }: { capture: number }) {
  const detail = useAsk(`capture ${capture}`, (client, signal) => client.captures.get({ capture }, { signal }), {
    topics: ['captures'],
  }).data;
  const kind = ENVIRONMENT[detail?.profile?.name ?? ''];
  if (!detail?.profile || kind === undefined) return null;
  return (
    <details className="notes judged">
      <summary>Judged as {kind}</summary>
      <ul>
        <li>{detail.profile.reason}</li>
        {/hosts? of yours/.test(detail.profile.reason) ? <li>{COUNTED}</li> : null}
        <li>{networksText(detail.networks)}</li>
        {detail.budget === null ? null : <li>{budgetText(detail.budget)}</li>}
      </ul>
    </details>
  );
}

export function networksText(networks: CaptureDetail['networks']): string {
  if (networks === null) return 'Which networks counted as yours was not noted.';
  return networks.length === 0
    ? 'Counted as yours: the private addresses.'
    : `Counted as yours: ${networks.join(', ')}.`;
}

export function budgetText({ perDay, allowed, raised }: NonNullable<CaptureDetail['budget']>): string {
  const budget = `Alarm budget: ${perDay} a day, ${allowed} in the time of this capture`;
  return raised === 0
    ? `${budget}. No bare anomaly became a warning by it.`
    : `${budget}. ${counted(raised, 'bare anomaly', 'bare anomalies')} became ${raised === 1 ? 'a warning' : 'warnings'} by it.`;
}
