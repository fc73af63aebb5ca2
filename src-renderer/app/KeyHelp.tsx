import { Kbd, Modal } from '@mantine/core';
import { useState } from 'react';
import { useKeyGroups, useKeys } from '../lib/keys.tsx';

/** `?` shows what works here. */
export function KeyHelp() {
  const [open, setOpen] = useState(false);
  useKeys('Everywhere', [{ keys: '?', label: 'Show the keys', run: () => setOpen(true) }]);
  const groups = useKeyGroups(open);
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys" size="lg">
      {groups.map(({ title, bindings }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl className="key-list">
            {bindings.map(({ keys, label }) => (
              <Row key={keys} keys={keys} label={label} />
            ))}
          </dl>
        </section>
      ))}
      <p className="dim">Tab moves from control to control, Enter opens, Escape closes.</p>
    </Modal>
  );
}

function Row({ keys, label }: { keys: string; label: string }) {
  return (
    <>
      <dt>
        {keys.split(' ').map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </dt>
      <dd>{label}</dd>
    </>
  );
}
