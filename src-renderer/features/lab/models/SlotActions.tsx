/** Takes back what scores under a name: to the model before it, or altogether. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Promotion } from '../../../../src-shared/contract/topics/models.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { useLock } from '../../../lib/role.ts';
import { WaitingNote } from './WaitingNote.tsx';
import { Why } from './Why.tsx';
import { promotionText, rollBackText } from './words.ts';

interface SlotActionsProps {
  slot: string;
  name: string;
  history: readonly Promotion[];
}

export function SlotActions({ slot, name, history }: SlotActionsProps) {
  const lock = useLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const [asking, setAsking] = useState<'back' | 'withdraw' | null>(null);
  const last = history.find((each) => each.slot === slot);
  const [why, setWhy] = useState('');
  const close = (): void => {
    setAsking(null);
    setWhy('');
  };
  const confirm = async (): Promise<void> => {
    const done = await act(async (client) => {
      const call = asking === 'back' ? client.models.rollBack : client.models.withdraw;
      const { promotion } = await call({ slot, why: why.trim() });
      tell(`${promotionText(promotion)}.`);
    });
    if (done) close();
  };
  return (
    <>
      <Button.Group>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Roll back lab:${slot}`}
          title={lock.title ?? 'Puts back what scored under this name before'}
          onClick={() => setAsking('back')}
        >
          Roll back
        </Button>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Withdraw lab:${slot}`}
          title={lock.title ?? 'Nothing scores under this name any more'}
          onClick={() => setAsking('withdraw')}
        >
          Withdraw
        </Button>
      </Button.Group>
      <Confirm
        title={asking === 'back' ? `Roll back lab:${slot}?` : `Withdraw lab:${slot}?`}
        verb={asking === 'back' ? 'Roll back' : 'Withdraw'}
        open={asking !== null}
        busy={busy}
        onClose={close}
        onConfirm={() => void confirm()}
      >
        {error ? <ErrorNote error={error} /> : null}
        <div className="lab-dialog-fields">
          <p>
            {asking === 'withdraw' ? `Nothing scores as lab:${slot} from then on.` : rollBackText(slot, name, last)}{' '}
            Captures that were scored stay as they are, and {name} stays in the list.
          </p>
          <Why value={why} onChange={setWhy} />
          <WaitingNote busy={busy} />
        </div>
      </Confirm>
    </>
  );
}
