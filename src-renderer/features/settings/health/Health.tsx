/** When something is wrong with Sonde itself: what works, what to send to a maintainer, the log, and being rid of it all. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { mayDo } from '../../../../src-shared/contract/define.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { download } from '../../../lib/download.ts';
import { useAct, useSession } from '../../../lib/desk.tsx';
import { Setting } from '../Setting.tsx';
import { Checks } from './Checks.tsx';
import { DeleteAll } from './DeleteAll.tsx';
import './health.css';
import { Log } from './Log.tsx';

export function Health() {
  const session = useSession();
  if (session === undefined || !mayDo(session.role, 'analyst')) return null;
  const isAdmin = mayDo(session.role, 'admin');
  return (
    <Panel title="Health" note="when something is wrong with Sonde itself">
      <Setting
        name="Check Sonde"
        help="Versions, native parts, rights to capture, disk, database, secrets: each thing that is wrong comes with its cure. As the command sonde doctor; nothing is changed."
      >
        <Checks />
      </Setting>
      <Setting
        name="Diagnostic bundle"
        help="One file for whoever helps you: versions, the checks, how many rows the database has, the end of the log. It holds no packet, no flow and no address. Read it before you send it."
      >
        <Bundle locked={!isAdmin} />
      </Setting>
      <Setting name="Log of errors" help="Errors of Sonde’s own, without addresses, names and secrets.">
        <Log />
      </Setting>
      <Setting
        name="Delete all my data"
        help="Everything that Sonde keeps of its own accord on this machine. Sonde ends when it is done."
      >
        <DeleteAll locked={!isAdmin} />
      </Setting>
    </Panel>
  );
}

function Bundle({ locked }: { locked: boolean }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const [made, setMade] = useState('');
  const save = (): void =>
    void act(async (client) => {
      const file = await client.health.bundle({});
      await download(file);
      setMade(file.name);
      tell(`${file.name}: read it before you send it.`);
    });
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      <Button size="xs" variant="default" loading={busy} disabled={locked} onClick={save}>
        Save the bundle
      </Button>
      {locked ? <p className="dim">An administrator can save it.</p> : null}
      {made === '' ? null : <p className="dim">Made: {made}</p>}
    </>
  );
}
