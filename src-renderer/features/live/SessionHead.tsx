/** What is watched, by what, since when; pause, mark, stop; and what is to be said about it. */
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { LiveNoticeShown, LiveSession } from '../../../src-shared/contract/topics/live.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { SondeError } from '../../../src-shared/errors.ts';
import { dateTime, timeOfDay } from '../../lib/clock.ts';
import { useAct } from '../../lib/desk.tsx';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { counted } from '../../lib/numbers.ts';
import { go, Link, viewAddress } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { engineName } from './Access.tsx';
import { isWarning } from './notices.ts';
import { isRunning } from './state.ts';
import type { Live } from './use-live.ts';

export function SessionHead({ live, session, onLeave }: { live: Live; session: LiveSession; onLeave(): void }) {
  const zone = useZone();
  const { started, startedAt, startedBy } = session;
  const running = isRunning(session);
  return (
    <header className="live-head">
      <div className="live-title">
        <h1>{titleOf(session)}</h1>
        <p className="dim">
          {started ? `${started.linkType || 'link type not known yet'} · ${engineText(session)} · ` : ''}
          since {dateTime(startedAt / 1000, zone)} by {startedBy}
          {session.source.kind === 'interface' && session.source.filter !== '' ? ` · ${session.source.filter}` : ''}
        </p>
      </div>
      {running ? <Controls live={live} session={session} /> : <After session={session} onLeave={onLeave} />}
      <Banners live={live} session={session} />
    </header>
  );
}

function titleOf({ state, source }: LiveSession): string {
  const what = source.name;
  switch (state) {
    case 'starting':
      return `Opening ${what} …`;
    case 'running':
      return source.kind === 'file' ? `Playing ${what}` : `Watching ${what}`;
    case 'stopping':
      return `Keeping what was seen of ${what} …`;
    case 'ended':
      return `${what}: the session is over`;
    case 'failed':
      return `${what}: the session failed`;
  }
}

function engineText({ started, source }: LiveSession): string {
  if (!started) return '';
  if (source.kind === 'file') return source.speed === 'max' ? 'as fast as possible' : `${source.speed} × its speed`;
  return `${engineName(started.engine)}, ${started.kernelTimestamps ? 'kernel timestamps' : 'approximate timestamps'}`;
}

function Controls({ live, session }: { live: Live; session: LiveSession }) {
  const { act, busy, error } = useAct();
  const lock = useLock();
  const tell = useTell();
  const [dialog, setDialog] = useState<'mark' | 'stop' | null>(null);
  const [note, setNote] = useState('');
  const close = (): void => setDialog(null);
  const stop = async (keep: boolean): Promise<void> => {
    close();
    await act(async (client) => {
      const { capture } = await client.live.stop({ keep });
      if (capture !== null) {
        tell('The session is kept as a capture.', {
          label: 'Open it',
          run: () => go(viewAddress('overview', [], {}, capture)),
        });
      }
    });
  };
  const mark = async (): Promise<void> => {
    if (!(await act((client) => client.live.mark({ note: note.trim() })))) return;
    setNote('');
    close();
  };
  const may = !lock.disabled && session.state === 'running';
  useKeys('Live', [
    { ...KEYS.pause, run: () => live.setPaused(!live.paused) },
    { ...KEYS.mark, run: () => may && setDialog('mark') },
    { ...KEYS.stop, run: () => may && setDialog('stop') },
  ]);
  return (
    <div className="live-controls">
      <Button size="xs" variant="default" aria-pressed={live.paused} onClick={() => live.setPaused(!live.paused)}>
        {live.paused ? 'Go on' : 'Pause the screen'}
      </Button>
      <Button size="xs" variant="default" {...lock} disabled={!may} onClick={() => setDialog('mark')}>
        Mark
      </Button>
      <Button
        size="xs"
        {...lock}
        disabled={!may}
        loading={busy || session.state === 'stopping'}
        onClick={() => setDialog('stop')}
      >
        Stop
      </Button>
      {error ? <ErrorNote error={error} /> : null}
      <Modal opened={dialog === 'mark'} onClose={close} title="Mark this moment">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void mark();
          }}
        >
          <TextInput
            label="Remark"
            placeholder="What you saw or did: “router restarted”"
            maxLength={500}
            data-autofocus
            value={note}
            onChange={({ currentTarget }) => setNote(currentTarget.value)}
          />
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Mark
            </Button>
          </Group>
        </form>
      </Modal>
      <StopDialog open={dialog === 'stop'} onClose={close} onStop={(keep) => void stop(keep)} />
    </div>
  );
}

function StopDialog({ open, onClose, onStop }: { open: boolean; onClose(): void; onStop(keep: boolean): void }) {
  const [sure, setSure] = useState(false);
  return (
    <>
      <Modal opened={open && !sure} onClose={onClose} title="Stop the session?">
        <p>It is kept as a capture: flows, hosts, incidents and charts, to be opened like a file.</p>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="default" onClick={() => setSure(true)}>
            Throw away …
          </Button>
          <Button data-autofocus onClick={() => onStop(true)}>
            Stop and keep
          </Button>
        </Group>
      </Modal>
      <Confirm
        title="Throw the session away?"
        verb="Stop and throw away"
        open={open && sure}
        onClose={() => setSure(false)}
        onConfirm={() => {
          setSure(false);
          onStop(false);
        }}
      >
        <p>Everything it has seen is lost, its incidents too.</p>
      </Confirm>
    </>
  );
}

const ENDS = {
  duration: 'It ended after the time that was set.',
  signal: 'It was stopped.',
  'interface-gone': 'The network card is gone and did not come back.',
  'end-of-file': 'The file was played to its end.',
  failed: 'The capture failed.',
} as const;

function After({ session, onLeave }: { session: LiveSession; onLeave(): void }) {
  const { capture, end } = session;
  useKeys('Live', [{ ...KEYS.watch, run: onLeave }]);
  return (
    <div className="live-controls">
      <p className="live-ended">
        {end === null ? '' : ENDS[end]}{' '}
        {capture === null ? 'Nothing of it was kept.' : session.state === 'ended' ? 'It is kept as a capture.' : ''}
      </p>
      {capture === null ? null : (
        <Link to={viewAddress('overview', [], {}, capture)}>
          Open {session.state === 'ended' ? 'it' : 'what was kept'}
        </Link>
      )}
      <Button size="xs" onClick={onLeave}>
        Watch again
      </Button>
    </div>
  );
}

/** A notice is of now for so long, ms; later it stands in the log. */
const RECENT_MS = 60_000;

/** One line, the most important: what is shown below does not move when it comes and goes. */
function Banners({ live, session }: { live: Live; session: LiveSession }) {
  const { paused, stale, shown, now } = live;
  const [closed, setClosed] = useState(0);
  const latest = now.points.at(-1)?.at ?? session.startedAt;
  const notice = now.notices.find(({ id, at, code }) => id > closed && code !== 'mark' && latest - at < RECENT_MS);
  const error = session.error && new SondeError('read-failed', session.error.message, '', session.error.cure);
  const missed = now.incidents.length - shown.incidents.length;
  return (
    <div className="live-banners">
      {error ? <ErrorNote error={error} /> : null}
      {live.error ? <ErrorNote error={live.error} /> : null}
      {paused ? (
        <Paused at={shown.points.at(-1)?.at} missed={Math.max(0, missed)} />
      ) : stale !== null ? (
        <Banner tone="warning">No figures for {Math.round(stale / 1000)} s: what is shown is as old as that.</Banner>
      ) : notice && isRunning(session) ? (
        <NoticeLine notice={notice} onClose={() => setClosed(notice.id)} />
      ) : null}
    </div>
  );
}

function Paused({ at, missed }: { at: number | undefined; missed: number }) {
  const zone = useZone();
  return (
    <Banner tone="info">
      The screen stands still{at === undefined ? '' : ` since ${timeOfDay(at / 1000, zone)}`}; the capture goes on.
      {missed > 0 ? ` ${counted(missed, 'new incident')}.` : ''}
    </Banner>
  );
}

function NoticeLine({ notice, onClose }: { notice: LiveNoticeShown; onClose(): void }) {
  const zone = useZone();
  return (
    <Banner tone={isWarning(notice.code) ? 'warning' : 'info'}>
      {timeOfDay(notice.at / 1000, zone)} {notice.message}{' '}
      <button type="button" className="text-button" onClick={onClose}>
        Seen
      </button>
    </Banner>
  );
}

function Banner({ tone, children }: { tone: 'info' | 'warning'; children: ReactNode }) {
  return (
    <p className={`live-banner live-banner-${tone}`} role="status">
      {children}
    </p>
  );
}
