/** A form whose files are sent: what went wrong, how much is sent, and the button, which waits until nothing is lacking. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorNote } from '../../components/states.tsx';
import { useLock } from '../../lib/role.ts';
import { SendingNote } from './SendingNote.tsx';
import type { SendingState } from './use-sending.ts';

interface SendFormProps extends Pick<SendingState, 'sending' | 'cancel' | 'busy' | 'error'> {
  action: string;
  /** What has to be done first; null: nothing. */
  lacking: string | null;
  /** Beside the button when nothing is lacking. */
  note?: string;
  onSubmit(): void;
  children: ReactNode;
}

export function SendForm({ action, lacking, note, onSubmit, children, sending, cancel, busy, error }: SendFormProps) {
  const lock = useLock();
  const beside = lacking ?? note;
  return (
    <form
      className="open"
      onSubmit={(event) => {
        event.preventDefault();
        if (lacking === null) onSubmit();
      }}
    >
      {children}
      {error ? <ErrorNote error={error} /> : null}
      <SendingNote sending={sending} cancel={cancel} />
      <div className="lab-start">
        <Button {...lock} type="submit" loading={busy} disabled={lock.disabled || lacking !== null}>
          {action}
        </Button>
        {beside === undefined ? null : <span className="dim">{beside}</span>}
      </div>
    </form>
  );
}
