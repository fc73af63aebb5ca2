import { Button, CloseButton, Menu, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { useLock } from '../../lib/role.ts';

export function SavedFilters({ filter, onChoose }: { filter: string; onChoose(filter: string): void }) {
  const saved =
    useAsk('saved filters', (client, signal) => client.flows.savedFilters({}, { signal }), { topics: ['filters'] }).data
      ?.filters ?? [];
  const [naming, setNaming] = useState(false);
  const { act } = useAct();
  const lock = useLock();
  return (
    <>
      <Menu position="bottom-end" width={320}>
        <Menu.Target>
          <Button size="xs" variant="default">
            Saved
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {saved.length === 0 ? <Menu.Label role="presentation">No filter is saved yet</Menu.Label> : null}
          {saved.map(({ name, filter: text }) => (
            <Menu.Item
              key={name}
              onClick={() => onChoose(text)}
              title={text}
              rightSection={
                lock.disabled ? null : (
                  <CloseButton
                    component="span"
                    size="xs"
                    aria-label={`Remove ${name}`}
                    onClick={(event: { stopPropagation(): void }) => {
                      event.stopPropagation();
                      void act((client) => client.flows.removeFilter({ name }));
                    }}
                  />
                )
              }
            >
              {name}
            </Menu.Item>
          ))}
          <Menu.Divider role="separator" />
          <Menu.Item {...lock} disabled={lock.disabled || filter === ''} onClick={() => setNaming(true)}>
            Save this filter …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title="Save this filter">
        {naming ? <NameForm filter={filter} onDone={() => setNaming(false)} /> : null}
      </Modal>
    </>
  );
}

function NameForm({ filter, onDone }: { filter: string; onDone(): void }) {
  const [name, setName] = useState('');
  const { act, busy, error } = useAct();
  const tell = useTell();
  const save = async (): Promise<void> => {
    if (!(await act((client) => client.flows.saveFilter({ name: name.trim(), filter })))) return;
    tell(`Filter “${name.trim()}” saved.`);
    onDone();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {error ? <ErrorNote error={error} /> : null}
      <p className="dim">{filter}</p>
      <TextInput
        mt="sm"
        label="Name"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Button mt="md" type="submit" loading={busy} disabled={name.trim() === ''}>
        Save
      </Button>
    </form>
  );
}
