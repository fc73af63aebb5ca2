import { usePromotions } from './use-models.ts';

/** Beside a change that is under way: what it waits for. */
export function WaitingNote({ busy }: { busy: boolean }) {
  const waiting = usePromotions().data?.waiting ?? false;
  return (
    <p role="status" className="dim">
      {busy && waiting
        ? 'Waiting: another program is writing to the database. It goes on by itself, or ends after half a minute with nothing changed.'
        : ''}
    </p>
  );
}
