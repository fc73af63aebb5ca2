/** Databases of places: which files, and what they are. */
import { Button, Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';
import { mayDo, type Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk, useSession } from '../../lib/desk.tsx';
import { bytes } from '../../lib/numbers.ts';
import { Setting } from './Setting.tsx';

type Database = Output<(typeof contract)['enrichment']['databases']>['databases'][number];

const HELP = (
  <>
    Whole paths on the machine that runs Sonde, one a line: country or city, and ASN databases of MaxMind (GeoLite2,
    GeoIP2) or DB-IP, unpacked (.mmdb). They are read on that machine; nothing is asked of anybody. The first that knows
    an answer gives it.
  </>
);

const filesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export function Databases() {
  const asked = useAsk('databases', (client, signal) => client.enrichment.databases({}, { signal }), {
    topics: ['settings'],
    keep: true,
  });
  return (
    <Panel title="Country and network of addresses" note="of hosts outside, in what is shown and imported from now on">
      <Shown asked={asked} what="the databases" lines={3}>
        {({ databases }) => (
          <Setting name="Databases of places" help={HELP}>
            <Files databases={databases} />
          </Setting>
        )}
      </Shown>
    </Panel>
  );
}

function Files({ databases }: { databases: readonly Database[] }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const session = useSession();
  const known = databases.map(({ file }) => file).join('\n');
  const [text, setText] = useState(known);
  useEffect(() => setText(known), [known]);
  const locked = session !== undefined && !mayDo(session.role, 'admin');
  const files = filesOf(text);
  const save = async (): Promise<void> => {
    if (await act((client) => client.settings.set({ geo: files }))) tell('Saved.');
  };
  return (
    <fieldset className="settings" disabled={locked}>
      {error ? <ErrorNote error={error} /> : null}
      <Textarea
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        aria-label="Databases of places"
        placeholder="/srv/GeoLite2-City.mmdb"
        spellCheck={false}
        value={text}
        error={files.length > 8 ? 'Eight at most.' : null}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div>
        <Button
          size="xs"
          loading={busy}
          disabled={files.join('\n') === known || files.length > 8}
          onClick={() => void save()}
        >
          Save
        </Button>
      </div>
      {databases.length === 0 ? null : (
        <ul className="plain-list" aria-label="What the databases are">
          {databases.map((database) => (
            <li key={database.file}>{databaseText(database)}</li>
          ))}
        </ul>
      )}
      {locked ? <p className="dim">Files of the machine are named by administrators.</p> : null}
    </fieldset>
  );
}

function databaseText({ type, built, bytes: size, countries, networks, fault }: Database): string {
  if (fault !== '') return fault;
  const tells = [countries ? 'countries' : '', networks ? 'networks' : ''].filter((part) => part !== '').join(' and ');
  const made = built === null ? '' : ` of ${new Date(built).toISOString().slice(0, 10)}`;
  return `${type}${made}, ${bytes(size)}: tells ${tells}`;
}
