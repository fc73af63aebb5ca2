/** One channel: how it stands, what the other side said last, and what can be done with it. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import type { AlertChannel, ChannelQueue } from '../../../../src-shared/contract/topics/alerts.ts';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { ago, dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { Link } from '../../../lib/place.tsx';
import { useZone } from '../../../lib/zone.tsx';
import { useAdminLock } from '../access.ts';
import { Mark } from '../Mark.tsx';
import { alertsAddress } from '../place.ts';
import { countsText, standingOf } from '../words.ts';
import { InBrowser } from './InBrowser.tsx';
import { TestAnswer, type Tested } from './TestAnswer.tsx';

interface RowProps {
  channel: AlertChannel;
  /** What its kind is called. */
  kind: string;
  queue: ChannelQueue | undefined;
  /** Whether a route leads to it. */
  reached: boolean;
}

export function ChannelRow({ channel, kind, queue, reached }: RowProps) {
  const { id, name, enabled } = channel;
  const lock = useAdminLock();
  const tell = useTell();
  const { act, error } = useAct();
  const [tested, setTested] = useState<Tested | null>(null);
  const [testing, setTesting] = useState(false);
  const test = async (): Promise<void> => {
    setTesting(true);
    setTested(null);
    await act(async (client) => setTested(await client.alerts.test({ id })));
    setTesting(false);
  };
  const enable = async (on: boolean): Promise<void> => {
    const { kind: kindId, settings } = channel;
    const change = { id, name, kind: kindId, settings, enabled: on };
    if (await act((client) => client.alerts.setChannel(change))) tell(`${name} is ${on ? 'on' : 'off'}.`);
  };
  return (
    <li aria-label={name}>
      <div className="alert-channel-head">
        <Link to={alertsAddress(['channel', id])}>{name}</Link>
        <span className="tag">{kind}</span>
        <div className="alert-channel-tools">
          <Button {...lock} size="compact-xs" variant="default" loading={testing} onClick={() => void test()}>
            Send test
          </Button>
          <Switch
            {...lock}
            size="xs"
            aria-label={`${name} on or off`}
            label={enabled ? 'on' : 'off'}
            checked={enabled}
            onChange={({ currentTarget }) => void enable(currentTarget.checked)}
          />
        </div>
      </div>
      <Stands channel={channel} queue={queue} />
      {reached || !enabled ? null : (
        <p className="alert-unreached">
          No route leads here: it is sent nothing but tests. <Link to={alertsAddress(['routes'])}>Routes</Link>
        </p>
      )}
      {channel.kind === 'desktop' ? <InBrowser /> : null}
      {error ? <ErrorNote error={error} /> : null}
      <TestAnswer tested={tested} busy={testing} name={name} />
    </li>
  );
}

function Stands({ channel, queue }: { channel: AlertChannel; queue: ChannelQueue | undefined }) {
  const zone = useZone();
  const { mark, text } = standingOf(channel, queue, zone);
  const counts = queue ? countsText(queue) : '';
  return (
    <>
      <p className={`alert-standing alert-standing-${mark}`}>
        <Mark mark={mark} /> <span>{text}</span>
        {counts === '' ? null : <span className="dim">{counts}</span>}
      </p>
      {queue && queue.lastAnswerAt !== null ? (
        <p className="alert-answer">
          <span className="dim" title={dateTime(queue.lastAnswerAt / 1000, zone)}>
            Last answer, {ago(queue.lastAnswerAt, Date.now())}:
          </span>{' '}
          <q>{queue.lastAnswer}</q>
        </p>
      ) : null}
    </>
  );
}
