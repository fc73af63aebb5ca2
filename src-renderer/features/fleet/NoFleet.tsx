/** A desk that follows no fleet: what one is, why the one that was named is not followed, and how to connect one. */
import type { FleetAnswer } from '../../../src-shared/contract/topics/fleet.ts';
import { sentenceOf } from '../../../src-shared/domain/sentence.ts';
import { Note } from './Note.tsx';
import { Source } from './Source.tsx';

interface Props {
  answer: FleetAnswer;
  /** Whether this person may connect one; undefined: not known yet. */
  mayConnect: boolean | undefined;
}

const nothing = (): void => undefined;

export function NoFleet({ answer: { from, fault }, mayConnect }: Props) {
  return (
    <>
      <header className="fleet-head">
        <h1>Fleet</h1>
        <p className="dim fleet-lead">
          Sensors on many links publish what they see to a Redis server, and workers find the incidents that one machine
          would have found that had seen all of it. Connect that server to have their health and their incidents here. A
          single machine needs none of this.
        </p>
      </header>
      {fault ? (
        <div className="fleet-notes">
          <Note tone="warning">
            The fleet that was {from === 'command-line' ? 'named when Sonde was started' : 'connected'} is not followed.{' '}
            {sentenceOf(fault)} {fault.cure}
          </Note>
        </div>
      ) : null}
      <Way {...{ from, fault, mayConnect }} />
    </>
  );
}

/** What can be done about it. */
function Way({ from, fault, mayConnect }: Pick<FleetAnswer, 'from' | 'fault'> & Pick<Props, 'mayConnect'>) {
  if (from !== null && fault === null) return <p className="dim">It is being connected …</p>;
  if (from === 'command-line') return <p className="dim">To connect another one here, start Sonde without --fleet.</p>;
  if (mayConnect) return <Source onCancel={null} onConnected={nothing} />;
  if (mayConnect === undefined) return null;
  return <p className="dim">This desk follows no fleet. An administrator can connect one.</p>;
}
