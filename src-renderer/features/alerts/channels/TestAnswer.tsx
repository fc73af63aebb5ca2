/** What came of a test: the other side's own words, and how long it took. */
import { Mark } from '../Mark.tsx';
import { tookText } from '../words.ts';

export interface Tested {
  ok: boolean;
  words: string;
  ms: number;
}

/** `busy`: a test is on its way. */
export function TestAnswer({ tested, busy, name }: { tested: Tested | null; busy: boolean; name: string }) {
  return (
    <div className="alert-test" role="status">
      {busy ? <span className="dim">Sending a test …</span> : null}
      {!busy && tested ? (
        <>
          <p>
            <Mark mark={tested.ok ? 'good' : 'bad'} />{' '}
            <strong>{tested.ok ? 'The test arrived' : 'The test did not arrive'}</strong>{' '}
            <span className="dim">
              {tested.ok ? `in ${tookText(tested.ms)}` : `after ${tookText(tested.ms)}`}
              <span className="sr-only"> by {name}</span>
            </span>
          </p>
          {tested.words === '' ? null : <blockquote className="alert-words">{tested.words}</blockquote>}
        </>
      ) : null}
    </div>
  );
}
