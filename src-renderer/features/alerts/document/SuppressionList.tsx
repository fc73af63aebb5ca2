/** What a settings document would silence, each with its scope, and the yes it needs. */
import { Checkbox } from '@mantine/core';
import type { SuppressionPlanned } from '../../../../src-shared/contract/topics/alerts.ts';
import { dateTime } from '../../../lib/clock.ts';
import { counted } from '../../../lib/numbers.ts';
import { useZone } from '../../../lib/zone.tsx';
import { silencing, suppressionText } from './words.ts';

interface ListProps {
  planned: readonly SuppressionPlanned[];
  allowed: boolean;
  onAllow(yes: boolean): void;
}

export function SuppressionList({ planned, allowed, onAllow }: ListProps) {
  const asking = silencing(planned).length;
  return (
    <>
      <h4>{counted(planned.length, 'suppression')}</h4>
      <ul aria-label="Suppressions" className="alert-silenced">
        {planned.map((each, place) => (
          <Line key={place} planned={each} />
        ))}
      </ul>
      {asking === 0 ? null : (
        <Checkbox
          size="xs"
          label={`Yes, silence what ${asking === 1 ? 'this suppression fits' : `these ${asking} suppressions fit`}`}
          checked={allowed}
          onChange={({ currentTarget }) => onAllow(currentTarget.checked)}
        />
      )}
    </>
  );
}

function Line({ planned }: { planned: SuppressionPlanned }) {
  const zone = useZone();
  const { text, reason, author, expiresAt, silences } = planned;
  const until = expiresAt === null ? 'until you remove it' : `until ${dateTime(expiresAt / 1000, zone)}`;
  return (
    <li>
      <p>
        <strong>{text}</strong>{' '}
        <span className={silences.total > 0 ? 'alert-unreached' : ''}>{suppressionText(planned)}</span>
      </p>
      <p className="dim">
        {reason === '' ? null : (
          <>
            <q>{reason}</q> ·{' '}
          </>
        )}
        made by {author ?? 'you'}, {until}
      </p>
    </li>
  );
}
