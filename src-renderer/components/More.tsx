/** The foot of a list that comes page by page: how much of it is shown, and the rest on demand. */
import { Button } from '@mantine/core';
import { exact } from '../lib/numbers.ts';

export function More({
  shown,
  total,
  onMore,
  busy,
}: {
  shown: number;
  total: number;
  onMore: (() => void) | null;
  busy: boolean;
}) {
  if (onMore === null) return null;
  return (
    <p className="more dim">
      {exact(shown)} of {exact(total)} are shown.
      <Button size="compact-xs" variant="default" loading={busy} onClick={onMore}>
        Show more
      </Button>
    </p>
  );
}
