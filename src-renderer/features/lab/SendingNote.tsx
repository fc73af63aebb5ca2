/** How much of the files has been sent, and a way to stop it. */
import { Progress } from '@mantine/core';
import { bytes } from '../../lib/numbers.ts';
import type { SendingState } from './use-sending.ts';

export function SendingNote({ sending, cancel }: Pick<SendingState, 'sending' | 'cancel'>) {
  if (!sending) return null;
  return (
    <div className="job" role="status">
      <Progress value={sending.total > 0 ? (sending.sent / sending.total) * 100 : 0} aria-label="Sent" />
      <p className="dim">
        Sending {sending.names.join(', ')}: {bytes(sending.sent)} of {bytes(sending.total)}{' '}
        <button type="button" className="text-button" onClick={cancel}>
          Cancel
        </button>
      </p>
    </div>
  );
}
