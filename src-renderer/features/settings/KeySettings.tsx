/** All keys of the desk, and whether single ones do something: a matter of the person at this browser. */
import { Switch } from '@mantine/core';
import { VIEWS } from '../../app/views.ts';
import { KeyRows } from '../../components/KeyRows.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ANYWHERE } from '../search/Search.tsx';
import { FOCUSED, KEYS, type KeyGroupNames } from '../../lib/key-catalogue.ts';
import { useLetterKeys } from '../../lib/use-letter-keys.ts';

function groups(): KeyGroupNames[] {
  return [
    { title: 'Everywhere', keys: [KEYS.help, KEYS.whole, ANYWHERE, KEYS.everything] },
    { title: 'Go to', keys: VIEWS.map(({ key, title }) => ({ keys: `g ${key}`, label: title })) },
    { title: 'Open', keys: [KEYS.choose, KEYS.sample] },
    { title: 'Incidents, hosts, audit', keys: [KEYS.search] },
    { title: 'Flows', keys: [KEYS.filter] },
    { title: 'A stream of packets', keys: [KEYS.find] },
    { title: 'An incident', keys: [KEYS.status, KEYS.silence, KEYS.packets, KEYS.markdown] },
    ...FOCUSED,
  ];
}

export function KeySettings() {
  const [letters, setLetters] = useLetterKeys();
  return (
    <div className="settings">
      <Panel title="Keys" note="remembered by this browser">
        <div className="setting">
          <div>
            <h3>Single keys</h3>
            <p className="dim">
              Turn them off if keys are pressed by accident, as speech input does. Tab, Enter, Escape and the keys of
              what has the focus work in any case.
            </p>
          </div>
          <div className="setting-value">
            <Switch
              aria-label="Single keys"
              label={letters ? 'on' : 'off'}
              checked={letters}
              onChange={({ currentTarget }) => setLetters(currentTarget.checked)}
            />
          </div>
        </div>
        <div className="key-groups">
          {groups().map(({ title, keys }) => (
            <KeyRows key={title} title={title} keys={keys} />
          ))}
        </div>
      </Panel>
    </div>
  );
}
