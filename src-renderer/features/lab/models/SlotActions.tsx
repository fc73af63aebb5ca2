/** Takes back what scores under a name: to the model before it, or altogether. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Promotion } from '../../../../src-shared/contract/topics/models.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { useLock } from '../../../lib/role.ts';
import { promotionText } from './words.ts';

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
  const before = last?.action === 'promote' ? last.beforeName : '';
  const confirm = async (): Promise<void> => {
    const done = await act(async (client) => {
      const call = asking === 'back' ? client.models.rollBack : client.models.withdraw;
      const { promotion } = await call({ slot });
      tell(`${promotionText(promotion)}.`);
    });
    if (done) setAsking(null);
  };
  return (
    <>
      <Button.Group>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Roll back lab:${slot}`}
          onClick={() => setAsking('back')}
        >
          Roll back
        </Button>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Withdraw lab:${slot}`}
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
        onClose={() => setAsking(null)}
        onConfirm={() => void confirm()}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          {asking === 'withdraw' ? (
            <>Nothing scores as lab:{slot} from then on.</>
          ) : before === '' ? (
            <>
              What scored as lab:{slot} before {name} does so again; where there was nothing, nothing does.
            </>
          ) : (
            <>
              {before} scores as lab:{slot} again, as it did before {name}.
            </>
          )}{' '}
          Captures that were scored stay as they are, and {name} stays in the list.
        </p>
      </Confirm>
    </>
  );
}
