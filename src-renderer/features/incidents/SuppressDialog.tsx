/** Silences an incident and its like: the scope is chosen from it, and what else would fall silent is shown first. */
import { Button, Checkbox, Group, Modal, NativeSelect } from '@mantine/core';
import { useMemo, useState } from 'react';
import { scopeFault } from '../../../src-shared/domain/suppression.ts';
import { ErrorNote } from '../../components/states.tsx';
import { secondsOf, timeOfDay } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { useZone } from '../../lib/zone.tsx';
import { timeDraft, timeOf } from '../suppressions/draft.ts';
import { Lifetime } from '../suppressions/Lifetime.tsx';
import { USUAL_LIFETIME } from '../suppressions/lifetimes.ts';
import { Fault } from '../suppressions/NewSuppression.tsx';
import { Preview } from '../suppressions/Preview.tsx';
import { TimeField } from '../suppressions/TimeField.tsx';
import { useCreate } from '../suppressions/use-create.ts';
import { scopeChoices, scopeOf, usualParts, type ScopeChoice, type ScopePart } from './scope.ts';
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

/** What the incident offers; what its flows tell comes a moment later. */
function useChoices({ incident, row: { capture, uid } }: IncidentAnswer): ScopeChoice[] {
  const marks = useAsk(`marks ${capture} ${uid}`, (client, signal) =>
    client.suppressions.marks({ capture, uid }, { signal }),
  ).data;
  return useMemo(() => scopeChoices(incident, marks), [incident, marks]);
}

function Form({ answer, onClose }: DialogProps) {
  const { incident, row } = answer;
  const zone = useZone();
  const choices = useChoices(answer);
  const [chosen, setChosen] = useState<ReadonlySet<ScopePart>>(() => usualParts(choices));
  const [picked, setPicked] = useState<Partial<Record<ScopePart, string>>>({});
  const [time, setTime] = useState(() =>
    timeDraft(zone, Number(timeOfDay(secondsOf(incident.firstTs), zone).slice(0, 2))),
  );
  const [days, setDays] = useState<string>(USUAL_LIFETIME);
  const [reason, setReason] = useState('');
  const { create, busy, error } = useCreate();
  const when = timeOf(time);
  const scope = { ...scopeOf(choices, chosen, picked), ...(when ? { time: when } : {}) };
  const empty = Object.keys(scope).length === 0;
  const fault = empty ? 'Choose at least one part: nothing chosen would silence everything.' : scopeFault(scope);
  const toggle = (part: ScopePart): void =>
    setChosen((now) => new Set(now.has(part) ? [...now].filter((p) => p !== part) : [...now, part]));
  const save = async (): Promise<void> => {
    if (await create(scope, reason, days)) onClose();
  };
  return (
    <>
      <p>
        Incidents that fit everything chosen here fall silent, in all captures, past and future. It can be taken back.
      </p>
      <div className="suppress-scope">
        {choices.map((choice) => (
          <Choice
            key={choice.part}
            choice={choice}
            checked={chosen.has(choice.part)}
            onToggle={() => toggle(choice.part)}
            value={picked[choice.part]}
            onValue={(value) => setPicked((now) => ({ ...now, [choice.part]: value }))}
          />
        ))}
      </div>
      <TimeField time={time} onTime={setTime} />
      <Lifetime days={days} onDays={setDays} reason={reason} onReason={setReason} />
      {fault === null ? (
        <Preview scope={scope} uid={row.uid} onLeave={onClose} />
      ) : (
        <Fault text={fault} quiet={empty} />
      )}
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} disabled={fault !== null} onClick={() => void save()}>
          Silence
        </Button>
      </Group>
    </>
  );
}

interface ChoiceProps {
  choice: ScopeChoice;
  checked: boolean;
  onToggle(): void;
  value: string | undefined;
  onValue(value: string): void;
}

function Choice({ choice: { label, values }, checked, onToggle, value, onValue }: ChoiceProps) {
  const box = <Checkbox label={label} checked={checked} onChange={onToggle} />;
  if (values.length === 1) return box;
  return (
    <div className="scope-choice">
      {box}
      <NativeSelect
        size="xs"
        aria-label={label}
        disabled={!checked}
        data={values.map(String)}
        value={value ?? String(values[0])}
        onChange={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </div>
  );
}
