/** Puts a model to use on captures. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { SLOT } from '../../../../src-shared/domain/lab-model.ts';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { useLock } from '../../../lib/role.ts';
import { useModel, usePromotions } from './use-models.ts';
import { WaitingNote } from './WaitingNote.tsx';
import { Why } from './Why.tsx';
import { alarmsText, flowsText, promotionText, slotOf } from './words.ts';

export function Promote({ model }: { model: KeptModel }) {
  const lock = useLock();
  const [open, setOpen] = useState(false);
  const cannot = model.promotable.by === null;
  const title = lock.title ?? (cannot ? flowsText(model) : undefined);
  return (
    <>
      <Button
        size="xs"
        disabled={lock.disabled || cannot || model.slots.length > 0}
        {...(title === undefined ? {} : { title })}
        onClick={() => setOpen(true)}
      >
        {model.slots.length > 0 ? 'Promoted' : 'Promote'}
      </Button>
      {open ? <Dialog model={model} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Dialog({ model, onClose }: { model: KeptModel; onClose(): void }) {
  const inUse = usePromotions().data?.inUse ?? [];
  const before = useModel(model.notes?.before?.id ?? 0);
  const [typed, setTyped] = useState<string | null>(null);
  const [why, setWhy] = useState('');
  const { act, busy, error } = useAct();
  const tell = useTell();
  const slot = typed ?? before?.slots[0] ?? slotOf(model.summary.detector);
  const taken = inUse.find((each) => each.slot === slot);
  const fits = SLOT.test(slot);
  const promote = async (): Promise<void> => {
    const done = await act(async (client) => {
      const { promotion } = await client.models.promote({ id: model.id, slot, why: why.trim() });
      tell(`${promotionText(promotion)}.`);
    });
    if (done) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Promote ${model.name}?`}>
      <form
        className="lab-dialog-fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (fits) void promote();
        }}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          Captures that are opened from then on are scored by it too, beside the detectors that always do; so is a live
          session, also one that runs. What was scored stays as it is. It can be rolled back at any time.
        </p>
        <p>{alarmsText(model.summary.threshold.targetFpr)}</p>
        <TextInput
          size="xs"
          label="Scores as"
          description={`how captures and reports name it: lab:${fits ? slot : '…'}`}
          data-autofocus
          maxLength={40}
          error={fits ? null : 'a-z, 0-9 and hyphens'}
          value={slot}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <p className="dim">
          {taken
            ? `It takes the place of ${taken.name}; rolling back puts that back.`
            : 'No other model has this name: it scores beside those that score now.'}
        </p>
        <Why value={why} onChange={setWhy} />
        <WaitingNote busy={busy} />
        <div className="lab-start lab-dialog">
          <Button type="submit" loading={busy} disabled={!fits}>
            Promote
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}
