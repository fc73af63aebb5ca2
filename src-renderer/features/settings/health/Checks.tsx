import { Button } from '@mantine/core';
import { useState } from 'react';
import type { HealthFinding } from '../../../../src-shared/contract/topics/health.ts';
import { ErrorNote } from '../../../components/states.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';

const MARKS: Readonly<Record<HealthFinding['state'], string>> = {
  ok: 'ok',
  note: 'note',
  warning: 'warning',
  failed: 'failed',
};

function verdictOf(checks: readonly HealthFinding[]): string {
  const count = (state: HealthFinding['state']): number => checks.filter((check) => check.state === state).length;
  const [bad, doubtful] = [count('failed'), count('warning')];
  const notes = count('note');
  if (bad + doubtful + notes === 0) return 'Everything works.';
  if (bad + doubtful === 0)
    return `What is needed works; ${counted(notes, 'note')} ${notes === 1 ? 'tells' : 'tell'} what is not there.`;
  const parts = [
    bad > 0 ? `${counted(bad, 'thing')} ${bad === 1 ? 'does' : 'do'} not work` : '',
    doubtful > 0 ? counted(doubtful, 'warning') : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

/** The checks are run when somebody asks for them: they take seconds, and look at the disk. */
export function Checks() {
  const { act, busy, error } = useAct();
  const [checks, setChecks] = useState<HealthFinding[] | null>(null);
  const run = (): void => void act(async (client) => setChecks((await client.health.examine({})).checks));
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      <Button size="xs" loading={busy} onClick={run}>
        {checks === null ? 'Check now' : 'Check again'}
      </Button>
      <div role="status">{checks === null ? null : <p className="health-verdict">{verdictOf(checks)}</p>}</div>
      {checks === null ? null : (
        <ul className="health-checks" aria-label="Checks">
          {checks.map(({ id, title, state, message, cure }) => (
            <li key={id}>
              <span className={`health-mark health-${state}`}>{MARKS[state]}</span>
              <div>
                <strong>{title}</strong>: {message}
                {cure === '' ? null : <p className="dim">→ {cure}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
