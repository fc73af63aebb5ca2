/** Silences an incident and its like: the scope is chosen from it, and what else would fall silent is shown first. */
import { Button, Checkbox, Group, Modal, Select, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { expiryOf, LIFETIMES, scopeChoices, scopeOf, type ScopePart } from './scope.ts';
import type { IncidentAnswer } from './types.ts';

interface DialogProps {
  answer: IncidentAnswer;
  open: boolean;
  onClose(): void;
}

export function SuppressDialog(props: DialogProps) {
  return (
    <Modal opened={props.open} onClose={props.onClose} title="Silence as expected" size="lg">
      {props.open ? <Form {...props} /> : null}
    </Modal>
  );
}

function Form({ answer: { incident, row }, onClose }: DialogProps) {
  const choices = useMemo(() => scopeChoices(incident), [incident]);
  const [chosen, setChosen] = useState<ReadonlySet<ScopePart>>(
    () => new Set(choices.filter(({ part }) => part !== 'port').map(({ part }) => part)),
  );
  const [days, setDays] = useState('30');
  const [reason, setReason] = useState('');
  const { act, busy, error } = useAct();
  const tell = useTell();
  const scope = scopeOf(choices, chosen);
  const toggle = (part: ScopePart): void =>
    setChosen((now) => new Set([...now].includes(part) ? [...now].filter((p) => p !== part) : [...now, part]));
  const save = async (): Promise<void> => {
    const done = await act(async (client) => {
      const made = await client.suppressions.create({ scope, reason, expiresAt: expiryOf(days, Date.now()) });
      const undo = { label: 'Undo', run: () => void act((again) => again.suppressions.remove({ id: made.id })) };
      tell(`${counted(made.hits, 'incident')} silenced.`, undo);
    });
    if (done) onClose();
  };
  return (
    <>
      <p>
        Incidents that fit everything chosen here fall silent, in all captures, past and future. It can be taken back.
      </p>
      <div className="suppress-scope">
        {choices.map(({ part, label }) => (
          <Checkbox key={part} label={label} checked={chosen.has(part)} onChange={() => toggle(part)} />
        ))}
      </div>
      <Group grow align="flex-end">
        <Select
          label="How long"
          data={LIFETIMES}
          value={days}
          onChange={(value) => setDays(value ?? '30')}
          allowDeselect={false}
        />
        <TextInput
          label="Why"
          placeholder="Our own scanner, every night"
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </Group>
      {chosen.size === 0 ? (
        <p className="preview">Choose at least one part: nothing chosen would silence everything.</p>
      ) : (
        <Preview scope={scope} uid={row.uid} />
      )}
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} disabled={chosen.size === 0} onClick={() => void save()}>
          Silence
        </Button>
      </Group>
    </>
  );
}

function Preview({ scope, uid }: { scope: SuppressionScope; uid: string }) {
  const asked = useAsk(
    `preview ${JSON.stringify(scope)}`,
    (client, signal) => client.suppressions.preview({ scope }, { signal }),
    {
      topics: ['suppressions', 'incidents'],
      keep: true,
    },
  );
  return (
    <div className="preview" aria-live="polite">
      <Shown asked={asked} what="the preview" lines={2}>
        {({ rows, total }) => {
          const others = rows.filter((row) => row.uid !== uid);
          const also = total - (rows.length - others.length);
          return (
            <>
              <p>
                {also === 0
                  ? 'It silences this incident and no other that is known.'
                  : `It also silences ${counted(also, 'other incident')}:`}
              </p>
              <ul>
                {others.map((row) => (
                  <li key={`${row.capture} ${row.uid}`}>
                    <SeverityMark severity={row.severity} /> {row.title} <span className="dim">{row.captureName}</span>
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Shown>
    </div>
  );
}
