/** How far the capture was read for its packets, and a way to stop that. */
import { Button } from '@mantine/core';
import { bytes as amount } from '../../lib/numbers.ts';
import type { Look } from './use-look.ts';

export function Progress({ progress, onCancel }: { progress: Look['progress']; onCancel(): void }) {
  const doing = progress?.checking ? 'Comparing the capture with the one that was imported' : 'Reading the capture';
  const known = progress !== null && progress.total !== null && progress.total > 0;
  return (
    <div className="packet-tools" role="status" aria-label={doing}>
      <span>{doing}</span>
      <progress
        aria-label={doing}
        max={known ? (progress.total ?? 1) : 1}
        {...(known ? { value: Math.min(progress.bytes, progress.total ?? 1) } : {})}
      />
      {known ? (
        <span className="dim">
          {amount(progress.bytes)} of {amount(progress.total ?? 0)}
        </span>
      ) : null}
      <Button size="compact-xs" variant="default" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  );
}
