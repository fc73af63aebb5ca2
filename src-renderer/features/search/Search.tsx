/** One box for everything that the database holds. */
import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { usePlace } from '../../lib/place.tsx';
import { SearchBox } from './SearchBox.tsx';
import './search.css';

/** An event of the window: open the box. */
export const OPEN_SEARCH = 'sonde-open-search';

/** Also where `/` is the view's own. */
export const ANYWHERE = { keys: `g ${KEYS.everything.keys}`, label: 'Search all captures' };

/** Before the views in the frame: where a view has a search of its own, `/` is that one's. */
export function Search() {
  const [open, setOpen] = useState(false);
  const show = (): void => setOpen(true);
  useKeys('Everywhere', [
    { ...ANYWHERE, run: show },
    { ...KEYS.everything, run: show },
  ]);
  useEffect(() => {
    addEventListener(OPEN_SEARCH, show);
    return () => removeEventListener(OPEN_SEARCH, show);
  }, []);
  const at = JSON.stringify(usePlace());
  useEffect(() => setOpen(false), [at]);
  return (
    <Modal
      opened={open}
      onClose={() => setOpen(false)}
      title="Search all captures"
      size={720}
      yOffset="8vh"
      transitionProps={{ duration: 0 }}
    >
      <SearchBox onGo={() => setOpen(false)} />
    </Modal>
  );
}
