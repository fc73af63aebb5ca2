/** Many sensors as one: how they and their workers do, and what they saw. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { mayDo } from '../../../src-shared/contract/define.ts';
import type { FleetAnswer, FleetState } from '../../../src-shared/contract/topics/fleet.ts';
import { sentenceOf } from '../../../src-shared/domain/sentence.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { ErrorNote, Loading } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useSession } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import './fleet.css';
import { Incidents } from './Incidents.tsx';
import { NoFleet } from './NoFleet.tsx';
import { Note } from './Note.tsx';
import { Sensors } from './Sensors.tsx';
import { Source } from './Source.tsx';
import { useFleet } from './use-fleet.ts';
import { refusedWords, tooLargeWords } from './words.ts';
import { Workers } from './Workers.tsx';

export default function Fleet() {
  const { answer, error } = useFleet();
  const session = useSession();
  const mayConnect = session && mayDo(session.role, 'admin');
  if (error) return <ErrorNote error={error} />;
  if (answer === undefined) return <Loading what="the fleet" lines={8} />;
  const { fleet, from } = answer;
  return (
    <div className="fleet">
      {fleet === null ? (
        <NoFleet answer={answer} mayConnect={mayConnect} />
      ) : (
        <Followed fleet={fleet} from={from} mayConnect={mayConnect === true} />
      )}
    </div>
  );
}

interface FollowedProps {
  fleet: FleetState;
  from: FleetAnswer['from'];
  mayConnect: boolean;
}

function Followed({ fleet, from, mayConnect }: FollowedProps) {
  const { capture, sensors, workers, group, at } = fleet;
  const [changing, setChanging] = useState(false);
  return (
    <>
      <header className="fleet-head">
        <div className="view-head">
          <h1>Fleet {group}</h1>
          {mayConnect && from === 'desk' ? <Tools onChange={changing ? null : () => setChanging(true)} /> : null}
        </div>
        <Line fleet={fleet} from={from} />
      </header>
      <Notes fleet={fleet} />
      {changing ? <Source onCancel={() => setChanging(false)} onConnected={() => setChanging(false)} /> : null}
      <Sensors sensors={sensors} now={at} />
      <Workers workers={workers} now={at} />
      {capture === null ? null : <Incidents capture={capture} />}
    </>
  );
}

/** `onChange` null: it is being changed. */
function Tools({ onChange }: { onChange: (() => void) | null }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const [asking, setAsking] = useState(false);
  const disconnect = async (): Promise<void> => {
    if (await act((client) => client.fleet.disconnect({}))) tell('The fleet is disconnected.');
    setAsking(false);
  };
  return (
    <div className="view-tools fleet-tools">
      {error ? <ErrorNote error={error} /> : null}
      <Button size="xs" variant="default" disabled={onChange === null} onClick={() => onChange?.()}>
        Change
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        Disconnect
      </Button>
      <Confirm
        title="Disconnect the fleet?"
        verb="Disconnect"
        open={asking}
        busy={busy}
        onClose={() => setAsking(false)}
        onConfirm={() => void disconnect()}
      >
        Nothing more is read of it, also after the next start. Its incidents stay, and so does what was entered: it can
        be connected again.
      </Confirm>
    </div>
  );
}

function Line({ fleet: { server, connected, since }, from }: { fleet: FleetState; from: FleetAnswer['from'] }) {
  const zone = useZone();
  return (
    <p className="dim">
      {connected ? 'Connected to' : 'Not connected to'} {server} since {dateTime(since / 1000, zone)}
      {from === 'command-line' ? ', as Sonde was started with' : ''}.
    </p>
  );
}

/** What is to be said, most important first. */
function Notes({ fleet: { trouble, connected, refused, gaps, tooLarge } }: { fleet: FleetState }) {
  const words = refusedWords(refused);
  return (
    <div className="fleet-notes">
      {trouble ? (
        <Note tone="warning">
          {sentenceOf(trouble)} {trouble.cure}
          {connected ? '' : ' What is shown is as old as that; what is told meanwhile is read when it is back.'}
        </Note>
      ) : null}
      {words === '' ? null : <Note tone="warning">Records of workers were not taken: {words}.</Note>}
      {tooLarge.length === 0 ? null : <Note tone="warning">{tooLargeWords(tooLarge)}</Note>}
      {gaps === 0 ? null : (
        <Note tone="info">
          {counted(gaps, 'time')} the server no longer had all that was told while this desk was away: the latest form
          of each incident was read instead.
        </Note>
      )}
    </div>
  );
}
