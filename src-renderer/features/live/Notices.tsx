/** What was said and remarked in the session, newest first. */
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { dateTime, timeOfDay } from '../../lib/clock.ts';
import { useZone } from '../../lib/zone.tsx';
import type { LiveState } from './state.ts';

export function Notices({ state: { notices } }: { state: LiveState }) {
  const zone = useZone();
  return (
    <Panel title="Log" note="what happened to the capture, and marks" className="live-third live-notices">
      {notices.length === 0 ? (
        <Empty title="Nothing to tell">Marks and what happens to the card, the disk or the helper stand here.</Empty>
      ) : (
        <ol tabIndex={0} aria-label="Log of the session">
          {notices.map(({ id, at, code, message, user }) => (
            <li key={id}>
              <span className="dim" title={dateTime(at / 1000, zone)}>
                {timeOfDay(at / 1000, zone)}
              </span>
              <span>
                {code === 'mark' ? '⚑ ' : ''}
                {message === '' ? 'Marked' : message}
                {user === null ? null : <span className="dim"> {user}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
