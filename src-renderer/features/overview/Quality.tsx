/** What is wrong with the capture as such, and how to mend it: before the verdict is believed. Calm, and can be put away. */
import { Button } from '@mantine/core';
import { mayDo } from '../../../src-shared/contract/define.ts';
import type { CaptureDetail } from '../../../src-shared/contract/topics/captures.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useAct, useAsk, useSession } from '../../lib/desk.tsx';
import { guideAddress } from '../../lib/guide.ts';
import { counted } from '../../lib/numbers.ts';
import { Link } from '../../lib/place.tsx';
import './quality.css';

type Item = CaptureDetail['quality'][number];

export function Quality({ capture }: { capture: number }) {
  const detail = useAsk(`capture ${capture}`, (client, signal) => client.captures.get({ capture }, { signal }), {
    topics: ['captures'],
  }).data;
  const { act, busy, error } = useAct();
  const session = useSession();
  if (!detail || detail.quality.length === 0) return null;
  const put = (dismissed: boolean) => (code: Item['code']) =>
    void act((client) => client.captures.dismissQuality({ capture, code, dismissed }));
  const locked = busy || (session !== undefined && !mayDo(session.role, 'analyst'));
  const shown = detail.quality.filter(({ dismissed }) => !dismissed);
  const away = detail.quality.filter(({ dismissed }) => dismissed);
  return (
    <section className="quality" aria-label="Can this capture be trusted?">
      {error ? <ErrorNote error={error} /> : null}
      {shown.length > 0 ? (
        <div className={`quality-box ${shown.some(({ severity }) => severity === 'warning') ? 'quality-warning' : ''}`}>
          <h2>Can this capture be trusted?</h2>
          <ul>
            {shown.map((item) => (
              <Doubt key={item.code} item={item} locked={locked} onPut={put(true)} />
            ))}
          </ul>
        </div>
      ) : null}
      {away.length > 0 ? <Away items={away} locked={locked} onPut={put(false)} /> : null}
    </section>
  );
}

interface ItemProps {
  item: Item;
  locked: boolean;
  onPut(code: Item['code']): void;
}

function Doubt({ item, locked, onPut }: ItemProps) {
  const { code, severity, title, message, effect, cure, guide } = item;
  const isNote = severity === 'info';
  return (
    <li>
      <div className="quality-head">
        <h3>{title}</h3>
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={locked}
          aria-label={`Put away: ${title}`}
          onClick={() => onPut(code)}
        >
          Put away
        </Button>
      </div>
      <p>{message}</p>
      {isNote ? null : <p>{effect}</p>}
      <details>
        <summary>{isNote ? 'What that means' : 'How to mend it'}</summary>
        <p>
          {isNote ? `${effect} ${cure}` : cure} <Link to={guideAddress(guide)}>More in the help</Link>
        </p>
      </details>
    </li>
  );
}

function Away({ items, locked, onPut }: { items: readonly Item[]; locked: boolean; onPut: ItemProps['onPut'] }) {
  return (
    <details className="quality-away dim">
      <summary>{counted(items.length, 'doubt')} about this capture put away</summary>
      <ul>
        {items.map(({ code, title }) => (
          <li key={code}>
            {title}{' '}
            <Button size="compact-xs" variant="subtle" disabled={locked} onClick={() => onPut(code)}>
              Show again
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
