/** Many sensors as one: how they and their workers do, and what they saw. */
import type { ReactNode } from 'react';
import type { FleetState } from '../../../src-shared/contract/topics/fleet.ts';
import { Empty, ErrorNote, Loading } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { counted } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import './fleet.css';
import { Incidents } from './Incidents.tsx';
import { Sensors } from './Sensors.tsx';
import { useFleet } from './use-fleet.ts';
import { refusedWords, tooLargeWords } from './words.ts';
import { Workers } from './Workers.tsx';

export default function Fleet() {
  const { fleet, error } = useFleet();
  if (error) return <ErrorNote error={error} />;
  if (fleet === undefined) return <Loading what="the fleet" lines={8} />;
  return <div className="fleet">{fleet === null ? <NoFleet /> : <Followed fleet={fleet} />}</div>;
}

function NoFleet() {
  return (
    <>
      <h1>Fleet</h1>
      <Empty title="This desk follows no fleet">
        <p>
          Sensors on many links publish what they see to a Redis server, and workers find the incidents that one machine
          would have found that had seen all of it. To have them here, start the desk with the address of that server:
        </p>
        <p className="fleet-command">
          <code>sonde desk --fleet rediss://sonde-desk@redis.example.org --fleet-sensors sensors.json</code>
        </p>
        <p>A single machine needs none of this.</p>
      </Empty>
    </>
  );
}

function Followed({ fleet }: { fleet: FleetState }) {
  const { capture, sensors, workers, group, at } = fleet;
  return (
    <>
      <header className="fleet-head">
        <h1>Fleet {group}</h1>
        <Line fleet={fleet} />
      </header>
      <Notes fleet={fleet} />
      <Sensors sensors={sensors} now={at} />
      <Workers workers={workers} now={at} />
      {capture === null ? null : <Incidents capture={capture} />}
    </>
  );
}

function Line({ fleet: { server, connected, since } }: { fleet: FleetState }) {
  const zone = useZone();
  return (
    <p className="dim">
      {connected ? 'Connected to' : 'Not connected to'} {server} since {dateTime(since / 1000, zone)}.
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
          {trouble.message}. {trouble.cure}
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

function Note({ tone, children }: { tone: 'info' | 'warning'; children: ReactNode }) {
  return (
    <p className={`fleet-note fleet-note-${tone}`} role="status">
      {children}
    </p>
  );
}
