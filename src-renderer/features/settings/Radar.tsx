/** Cloudflare Radar: the switch, the token, a test with the server's answer, and what was fetched. */
import { Button, PasswordInput, Switch, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { mayDo } from '../../../src-shared/contract/define.ts';
import type { RadarState } from '../../../src-shared/contract/topics/enrichment.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useAsk, useSession } from '../../lib/desk.tsx';
import { useZone } from '../../lib/zone.tsx';
import { RadarFigures } from './RadarFigures.tsx';
import { Setting } from './Setting.tsx';

const TOKEN_MAX = 1000;

export function Radar() {
  const asked = useAsk('radar', (client, signal) => client.enrichment.radar({}, { signal }), {
    topics: ['settings'],
    keep: true,
  });
  return (
    <Panel title="Cloudflare Radar" note="attacks all over the Internet, beside your own">
      <Shown asked={asked} what="Radar" lines={4}>
        {(radar) => <Form radar={radar} reload={asked.reload} />}
      </Shown>
    </Panel>
  );
}

interface FormProps {
  radar: RadarState;
  reload(): void;
}

function Form({ radar, reload }: FormProps) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const session = useSession();
  const locked = session !== undefined && !mayDo(session.role, 'admin');
  const set = async (change: { enabled?: boolean; token?: string; server?: string }): Promise<void> => {
    if (await act((client) => client.enrichment.setRadar(change))) tell('Saved.');
    reload();
  };
  const test = async (): Promise<void> => {
    await act((client) => client.enrichment.testRadar({}));
    reload();
  };
  return (
    <fieldset className="settings" disabled={locked}>
      {error ? <ErrorNote error={error} /> : null}
      <Setting
        name="Fetch from Cloudflare Radar"
        help="Once a day, with your own token: where most attacks come from. The same five requests go out for everyone: no address, name or network of your traffic is in them, and nothing of yours leaves this machine but the token. Radar’s data are under CC BY-NC 4.0."
      >
        <Switch
          aria-label="Fetch from Cloudflare Radar"
          label={radar.enabled ? 'on' : 'off'}
          checked={radar.enabled}
          onChange={({ currentTarget }) => void set({ enabled: currentTarget.checked })}
        />
      </Setting>
      <Setting name="Token" help="An API token of your Cloudflare account with the permission Account, Radar, Read.">
        <Token kept={radar.hasToken} onSave={(token) => void set({ token })} />
      </Setting>
      <Setting name="Server" help="Where Radar answers. Another one forgets the token: enter it again.">
        <Server server={radar.server} onSave={(server) => void set({ server })} />
      </Setting>
      <Setting
        name="Last answer"
        help="Kept on disk for a day, then fetched anew; thrown away when you switch Radar off."
      >
        <Answer radar={radar} busy={busy} onTest={() => void test()} />
      </Setting>
    </fieldset>
  );
}

function Token({ kept, onSave }: { kept: boolean; onSave(token: string): void }) {
  const [text, setText] = useState('');
  return (
    <div className="radar-row">
      <PasswordInput
        size="xs"
        w={320}
        aria-label="Token for Cloudflare Radar"
        placeholder={kept ? 'Kept, not shown.' : 'None yet'}
        // A password manager would offer the one that signs in to this desk.
        autoComplete="new-password"
        maxLength={TOKEN_MAX}
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button
        size="xs"
        disabled={text.trim() === ''}
        onClick={() => {
          onSave(text.trim());
          setText('');
        }}
      >
        Save the token
      </Button>
      {kept ? (
        <Button size="xs" variant="default" onClick={() => onSave('')}>
          Forget it
        </Button>
      ) : null}
    </div>
  );
}

function Server({ server, onSave }: { server: string; onSave(server: string): void }) {
  const [text, setText] = useState(server);
  useEffect(() => setText(server), [server]);
  return (
    <div className="radar-row">
      <TextInput
        size="xs"
        w={320}
        aria-label="Server of Cloudflare Radar"
        maxLength={TOKEN_MAX}
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button
        size="xs"
        variant="default"
        disabled={text.trim() === '' || text === server}
        onClick={() => onSave(text.trim())}
      >
        Save the server
      </Button>
    </div>
  );
}

function Answer({ radar, busy, onTest }: { radar: RadarState; busy: boolean; onTest(): void }) {
  const zone = useZone();
  const { enabled, hasToken, last, snapshot } = radar;
  return (
    <>
      <Button size="xs" variant="default" loading={busy} disabled={!enabled || !hasToken} onClick={onTest}>
        Test it now
      </Button>
      <div role="status" className="radar-answer">
        {last === null ? null : (
          <p className={last.ok ? '' : 'radar-bad'}>
            {last.ok ? 'Radar answered' : 'No answer that helps'} ({dateTime(last.at / 1000, zone)}): {last.words}
          </p>
        )}
        {snapshot === null ? (
          <p className="dim">{enabled ? 'Nothing was fetched yet.' : 'Switched off: nothing is fetched.'}</p>
        ) : (
          <p className="dim">Last fetched {dateTime(snapshot.fetched / 1000, zone)}.</p>
        )}
      </div>
      {snapshot === null ? null : <RadarFigures snapshot={snapshot} />}
    </>
  );
}
