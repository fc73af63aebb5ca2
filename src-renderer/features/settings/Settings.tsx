/** Settings of the desk: one set for all its users. */
import { Button, NumberInput, SegmentedControl, Select, Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';
import { mayDo } from '../../../src-shared/contract/define.ts';
import type { Settings as Shape } from '../../../src-shared/contract/topics/settings.ts';
import { DEFAULT_BUDGET } from '../../../src-shared/domain/environment.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk, useSession } from '../../lib/desk.tsx';
import { Devices } from './Devices.tsx';
import { KeySettings } from './KeySettings.tsx';
import { Databases } from './Databases.tsx';
import { networksFault, networksOf } from './networks.ts';
import { Health } from './health/Health.tsx';
import { Radar } from './Radar.tsx';
import { Setting } from './Setting.tsx';
import './settings.css';

const ZONES = ['system', 'UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

export default function Settings() {
  const asked = useAsk('settings', (client, signal) => client.settings.get({}, { signal }), { topics: ['settings'] });
  return (
    <>
      <div className="view-head">
        <h1>Settings</h1>
        <span className="dim">for everyone who uses this desk</span>
      </div>
      <Shown asked={asked} what="the settings" lines={10}>
        {(settings) => <Form settings={settings} />}
      </Shown>
      <div className="settings">
        <Databases />
        <Radar />
        <Health />
      </div>
      <KeySettings />
    </>
  );
}

function Form({ settings }: { settings: Shape }) {
  const { act, error } = useAct();
  const tell = useTell();
  const session = useSession();
  const locked = session !== undefined && !mayDo(session.role, 'analyst');
  const set = async (change: Partial<Shape>): Promise<void> => {
    if (await act((client) => client.settings.set(change))) tell('Saved.');
  };
  return (
    <fieldset className="settings" disabled={locked}>
      {locked ? <p>Your role may look at the settings and not change them. Ask an administrator.</p> : null}
      {error ? <ErrorNote error={error} /> : null}
      <Panel title="What is usual here" note="judges captures that are imported from now on">
        <Setting
          name="Environment"
          help="What kind of network it is, and so how many alarms a day are usual. The overview of a capture tells what it was judged as, and why."
        >
          <SegmentedControl
            size="xs"
            aria-label="Environment"
            value={settings.profile}
            onChange={(profile) => void set({ profile: profile as Shape['profile'] })}
            data={[
              { value: 'auto', label: 'Recognise it' },
              { value: 'home', label: 'Home' },
              { value: 'office', label: 'Small office' },
              { value: 'enterprise', label: 'Enterprise' },
            ]}
          />
        </Setting>
        <Setting
          name="Alarm budget"
          help="False alarms at warning or above that are tolerated a day. While known shapes of attack leave it unused, the most unusual anomalies become warnings. Empty: as is usual in the environment."
        >
          <NumberInput
            key={settings.budget ?? 'none'}
            size="xs"
            w={120}
            min={0}
            max={1000}
            aria-label="Alarm budget"
            placeholder={usualBudget(settings.profile)}
            defaultValue={settings.budget ?? ''}
            onBlur={({ target }) => budgetChanged(target.value, settings.budget, (budget) => void set({ budget }))}
          />
        </Setting>
        <Setting
          name="Networks that are ours"
          help="All of them, one a line, like 10.0.0.0/8 or 2001:db8::/32: what is not listed counts as outside. Empty: the private addresses."
        >
          <Networks networks={settings.networks} onSave={(networks) => void set({ networks })} />
        </Setting>
        <Setting
          name="Known devices"
          help="Cameras, printers, sensors: what they are, so that you read it beside their address. The normal work of scanners, monitoring, backups, DNS, mail and DHCP servers, domain controllers, proxies and gateways is shown less severe, with the reason. Roles that hosts seem to have are proposed under Hosts of a capture."
        >
          <Devices devices={settings.devices} onSave={(devices) => void set({ devices })} />
        </Setting>
      </Panel>
      <Panel title="How it looks">
        <Setting name="Theme" help="">
          <SegmentedControl
            size="xs"
            aria-label="Theme"
            value={settings.theme}
            onChange={(theme) => void set({ theme: theme as Shape['theme'] })}
            data={[
              { value: 'system', label: 'As the system' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
          />
        </Setting>
        <Setting name="Time zone" help="Times on screen; files keep UTC.">
          <Select
            size="xs"
            w={280}
            aria-label="Time zone"
            searchable
            allowDeselect={false}
            data={ZONES.map((zone) => ({ value: zone, label: zone === 'system' ? 'That of this machine' : zone }))}
            value={settings.timeZone}
            onChange={(timeZone) => timeZone !== null && void set({ timeZone })}
          />
        </Setting>
        <Setting name="Introduction" help="The three steps shown at the first start.">
          <Button
            size="xs"
            variant="default"
            disabled={!settings.tourSeen}
            onClick={() => void set({ tourSeen: false })}
          >
            Show it again
          </Button>
        </Setting>
      </Panel>
      <Panel title="What is kept">
        <Setting
          name="Retention"
          help="Days after which captures are removed, with all that was said of them. Looked at every hour. 0: never."
        >
          <NumberInput
            key={settings.retentionDays}
            size="xs"
            w={120}
            min={0}
            max={36_500}
            allowDecimal={false}
            aria-label="Retention in days"
            defaultValue={settings.retentionDays}
            onBlur={({ target }) =>
              numberChanged(target.value, settings.retentionDays, (retentionDays) => void set({ retentionDays }))
            }
          />
        </Setting>
      </Panel>
    </fieldset>
  );
}

function usualBudget(profile: Shape['profile']): string {
  return profile === 'auto' ? 'as usual' : `${DEFAULT_BUDGET[profile]}`;
}

function budgetChanged(text: string, now: number | null, save: (value: number | null) => void): void {
  if (text.trim() !== '') numberChanged(text, now, save);
  else if (now !== null) save(null);
}

function numberChanged(text: string, now: number | null, save: (value: number) => void): void {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value !== now) save(value);
}

function Networks({ networks, onSave }: { networks: readonly string[]; onSave(networks: string[]): void }) {
  const [text, setText] = useState(networks.join('\n'));
  useEffect(() => setText(networks.join('\n')), [networks]);
  const fault = networksFault(text);
  const changed = networksOf(text).join() !== networks.join();
  return (
    <>
      <Textarea
        size="xs"
        w={280}
        autosize
        minRows={3}
        maxRows={12}
        aria-label="Networks that are ours"
        value={text}
        error={fault}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button mt={8} size="xs" disabled={!changed || fault !== null} onClick={() => onSave(networksOf(text))}>
        Save
      </Button>
    </>
  );
}
