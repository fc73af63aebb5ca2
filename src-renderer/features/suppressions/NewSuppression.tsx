/** A suppression by hand: every part of its scope is typed. */
import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import { KINDS, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useZone } from '../../lib/zone.tsx';
import { draftedScope, scopeDraft, type ScopeDraft } from './draft.ts';
import { Lifetime } from './Lifetime.tsx';
import { USUAL_LIFETIME } from './lifetimes.ts';
import { Preview } from './Preview.tsx';
import './suppressions.css';
import { TimeField } from './TimeField.tsx';
import { useCreate } from './use-create.ts';

const KIND_CHOICES = KINDS.map(({ id, title }) => ({ value: id, label: title }));

const TEXTS = [
  ['source', 'Source', '10.0.0.5 or 10.0.0.0/24'],
  ['destination', 'Destination', '192.0.2.10 or 2001:db8::/32'],
  ['port', 'Port', '22; 0: incidents without ports'],
  ['protocol', 'Protocol', 'tcp, dns, ssh'],
  ['domain', 'Domain', 'a.example.com, *.example.com'],
  ['ja4', 'JA4 of the client', 't13d1516h2_8daaf6152771_b186095e22b6'],
  ['rule', 'Found by', 'behaviour:port-scan'],
] as const;

export function NewSuppression({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Modal opened={open} onClose={onClose} title="Silence by hand" size="lg">
      {open ? <Form onClose={onClose} /> : null}
    </Modal>
  );
}

function Form({ onClose }: { onClose(): void }) {
  const [draft, setDraft] = useState<ScopeDraft>(scopeDraft(useZone()));
  const [days, setDays] = useState<string>(USUAL_LIFETIME);
  const [reason, setReason] = useState('');
  const { create, busy, error } = useCreate();
  // Typing goes first: the preview may take a moment.
  const shown = useDeferredValue(draftedScope(draft));
  const set = (change: Partial<ScopeDraft>): void => setDraft((now) => ({ ...now, ...change }));
  const save = async (): Promise<void> => {
    const drafted = draftedScope(draft);
    if (drafted.ok && (await create(drafted.scope, reason, days))) onClose();
  };
  return (
    <>
      <p>Incidents that fit everything given here fall silent, past and future. An empty field is not looked at.</p>
      <div className="scope-fields">
        <Select
          label="Kind"
          placeholder="any"
          clearable
          searchable
          data={KIND_CHOICES}
          value={draft.kind === '' ? null : draft.kind}
          onChange={(kind) => set({ kind: (kind ?? '') as IncidentKind | '' })}
        />
        {TEXTS.map(([name, label, placeholder]) => (
          <TextInput
            key={name}
            label={label}
            placeholder={placeholder}
            value={draft[name]}
            onChange={({ currentTarget }) => set({ [name]: currentTarget.value })}
          />
        ))}
      </div>
      <TimeField time={draft.time} onTime={(time) => set({ time })} />
      <Lifetime days={days} onDays={setDays} reason={reason} onReason={setReason} />
      {shown.ok ? <Preview scope={shown.scope} onLeave={onClose} /> : <Fault text={shown.fault} quiet={shown.empty} />}
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} disabled={!draftedScope(draft).ok} onClick={() => void save()}>
          Silence
        </Button>
      </Group>
    </>
  );
}

/** `quiet`: nothing is wrong yet. */
export function Fault({ text, quiet = false }: { text: string; quiet?: boolean }) {
  return (
    <p className={quiet ? 'preview' : 'preview preview-careful'} role={quiet ? undefined : 'alert'}>
      {text}
    </p>
  );
}
