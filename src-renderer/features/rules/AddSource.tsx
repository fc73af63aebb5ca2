/** A new set or list, from files. */
import { Button, Group, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { RULE_SOURCE_KINDS, type RuleSourceKind } from '../../../src-shared/contract/topics/rules.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { exact } from '../../lib/numbers.ts';
import { useLock } from '../../lib/role.ts';
import { SendingNote } from '../lab/SendingNote.tsx';
import { useSending, type Chosen } from '../lab/use-sending.ts';
import { FILES_MOST, SourceFiles } from './SourceFiles.tsx';
import { contentText, KIND_WORDS } from './words.ts';

const NOTES: Readonly<Record<RuleSourceKind, string>> = {
  rules: 'Signatures in Suricata’s language. What of it Sonde cannot look by is listed with the reason.',
  sigma:
    'Sigma rules for Zeek’s logs (conn, dns, http, ssl, smb and others), in YAML. What Sonde cannot look by is listed with the reason.',
  list: 'Addresses, networks, names, URLs and fingerprints that others have found to be bad.',
  allow: 'What is never told, whatever lists say.',
};

export function AddSource() {
  const [open, setOpen] = useState(false);
  const lock = useLock();
  return (
    <>
      <Button {...lock} size="compact-xs" variant="default" onClick={() => setOpen(true)}>
        Add rules or a list
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Add rules or a list" size="lg">
        {open ? <Form onClose={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

function Form({ onClose }: { onClose(): void }) {
  const [kind, setKind] = useState<RuleSourceKind>('rules');
  const [files, setFiles] = useState<Chosen[]>([]);
  const [name, setName] = useState('');
  const { send, cancel, sending, busy, error } = useSending();
  const tell = useTell();
  const save = (): void =>
    void send(files, async (client, sources) => {
      const called = name.trim();
      const { source } = await client.rules.add({ kind, sources, ...(called === '' ? {} : { name: called }) });
      const refused = source.refused > 0 ? `; ${exact(source.refused)} refused` : '';
      const off = source.enabled ? '' : ' Nothing of it could be loaded, so it is not switched on.';
      tell(`${source.name}: ${contentText(source)}${refused}.${off}`);
      onClose();
    });
  return (
    <>
      <SegmentedControl
        aria-label="What it is"
        size="xs"
        data={RULE_SOURCE_KINDS.map((value) => ({ value, label: KIND_WORDS[value] }))}
        value={kind}
        onChange={(value) => setKind(RULE_SOURCE_KINDS.find((each) => each === value) ?? 'rules')}
      />
      <p className="dim">{NOTES[kind]}</p>
      <SourceFiles key={kind} files={files} onChange={setFiles} kind={kind} />
      <TextInput
        size="xs"
        label="Name"
        description="Without one it is called as its files are."
        maxLength={200}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <SendingNote sending={sending} cancel={cancel} />
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={files.length === 0 || files.length > FILES_MOST} loading={busy} onClick={save}>
          Add
        </Button>
      </Group>
    </>
  );
}
