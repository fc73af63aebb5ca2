import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { KeyRows } from '../components/KeyRows.tsx';
import { FOCUSED, KEYS } from '../lib/key-catalogue.ts';
import { useKeyGroups, useKeys } from '../lib/keys.tsx';
import { useLetterKeys } from '../lib/use-letter-keys.ts';

/** An event of the window: show the keys. */
export const SHOW_KEYS = 'sonde-show-keys';

/** `?` shows what works here. */
export function KeyHelp() {
  const [open, setOpen] = useState(false);
  useKeys('Everywhere', [{ ...KEYS.help, run: () => setOpen(true) }]);
  useEffect(() => {
    const show = (): void => setOpen(true);
    addEventListener(SHOW_KEYS, show);
    return () => removeEventListener(SHOW_KEYS, show);
  }, []);
  const groups = useKeyGroups(open);
  const [letters] = useLetterKeys();
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys" size="xl">
      {letters ? null : (
        <p className="key-off">Single keys are turned off in this browser; the settings turn them on again.</p>
      )}
      <div className="key-groups">
        {groups.map(({ title, bindings }) => (
          <KeyRows key={title} title={title} keys={bindings} />
        ))}
        {FOCUSED.map(({ title, keys }) => (
          <KeyRows key={title} title={title} keys={keys} />
        ))}
      </div>
      <p className="dim">Tab moves from control to control, Enter opens, Escape closes.</p>
    </Modal>
  );
}
