import { useEffect } from 'react';
import { useTell } from '../components/toast.tsx';
import { readPlace, readRange } from '../lib/address-bar.ts';
import { useClient } from '../lib/desk.tsx';
import { download } from '../lib/download.ts';
import { go, viewAddress } from '../lib/place.tsx';
import { asSondeError } from '../lib/queries.ts';
import { onGo, type Destination } from '../lib/shell.ts';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import { SondeError } from '../../src-shared/errors.ts';
import { SHOW_KEYS } from './KeyHelp.tsx';
import { HOME, viewNamed } from './views.ts';

function show(view: string): void {
  const { capture } = readPlace(location.hash);
  if (viewNamed(view, null)) go(`#/${view}`);
  else go(capture === null ? `#/${HOME}` : viewAddress(view));
}

async function openSample(client: DeskClient): Promise<void> {
  const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
  go(`#/${HOME}?job=${job}`);
}

/** What the view shows of its capture: an incident's flows, those a filter lets through, all. */
function selectionShown() {
  const { capture, view, rest, params } = readPlace(location.hash);
  if (capture === null) throw new SondeError('bad-request', 'No capture is being looked at', '', 'Open one first.');
  const range = readRange(params['t']);
  const uid = view === 'incidents' ? rest[0] : params['incident'];
  return {
    capture,
    filter: view === 'flows' ? (params['q'] ?? '') : '',
    ...(uid === undefined || uid === '' ? {} : { incident: uid }),
    ...(range ? { range } : {}),
  };
}

async function exportShown(client: DeskClient, what: 'csv' | 'ndjson' | 'pcapng'): Promise<void> {
  const selection = selectionShown();
  await download(
    what === 'pcapng'
      ? await client.exports.packets(selection)
      : await client.exports.flows({ ...selection, format: what }),
  );
}

/** What the desktop's menu, a notification or an opened file asks of the page. */
export function DesktopEvents() {
  const client = useClient();
  const tell = useTell();
  useEffect(() => {
    const carry = async (work: (client: DeskClient) => Promise<void>): Promise<void> => {
      try {
        await work(client());
      } catch (error) {
        const { message, cure } = asSondeError(error);
        tell([`${message}.`, cure].filter(Boolean).join(' '));
      }
    };
    onGo((to: Destination) => {
      if ('place' in to) return go(`#${to.place}`);
      if ('view' in to) return show(to.view);
      const { action } = to;
      if (action === 'keys') dispatchEvent(new Event(SHOW_KEYS));
      else if (action === 'sample') void carry(openSample);
      else void carry((line) => exportShown(line, action));
    });
  }, [client, tell]);
  return null;
}
