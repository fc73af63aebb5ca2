/** How much is sent, and when: for all channels alike. */
import { NativeSelect, SegmentedControl, Select } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AlertPolicy } from '../../../src-shared/contract/topics/alerts.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import '../settings/settings.css';
import { useAdminLock } from './access.ts';
import { AlertsPage } from './AlertsPage.tsx';
import { NumberSetting, TextSetting } from './Typed.tsx';
import { useAlerts } from './use-alerts.ts';
import { ZONES } from './zones.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, '0')}:00`,
}));

export function Policy() {
  const asked = useAlerts();
  return (
    <AlertsPage at="Quiet and digest" lead="What keeps alerts few enough to be read. It holds for all channels.">
      <Shown asked={asked} what="the policy" lines={8}>
        {({ policy }) => <Form policy={policy} />}
      </Shown>
    </AlertsPage>
  );
}

function Form({ policy }: { policy: AlertPolicy }) {
  const lock = useAdminLock();
  const tell = useTell();
  const { act, error } = useAct();
  const set = async (change: Partial<AlertPolicy>): Promise<void> => {
    if (await act((client) => client.alerts.setPolicy(change))) tell('Saved.');
  };
  const shared = { policy, onChange: (change: Partial<AlertPolicy>) => void set(change) };
  return (
    <fieldset className="settings" disabled={lock.disabled}>
      {error ? <ErrorNote error={error} /> : null}
      <Panel title="When an alert is sent" note="an incident that grows stays one incident">
        <Quiet {...shared} />
      </Panel>
      <Panel title="Digest" note="many incidents in one alert">
        <Digest {...shared} />
      </Panel>
      <Panel title="This Sonde">
        <Itself {...shared} />
      </Panel>
    </fieldset>
  );
}

interface PartProps {
  policy: AlertPolicy;
  onChange(change: Partial<AlertPolicy>): void;
}

function Setting({ name, help, children }: { name: string; help: string; children: ReactNode }) {
  return (
    <div className="setting">
      <div>
        <h3>{name}</h3>
        <p className="dim">{help}</p>
      </div>
      <div className="setting-value">{children}</div>
    </div>
  );
}

function Quiet({ policy, onChange }: PartProps) {
  return (
    <>
      <Setting
        name="Told of again"
        help="An alert is sent when an incident opens and when it worsens. One that goes on is told of again after so many minutes. 0: never again."
      >
        <NumberSetting
          label="Told of again, minutes"
          unit={policy.quietMinutes === 0 ? 'never' : 'minutes'}
          min={0}
          max={10_080}
          value={policy.quietMinutes}
          onChange={(quietMinutes) => quietMinutes !== null && onChange({ quietMinutes })}
        />
      </Setting>
      <Setting
        name="At most"
        help="Alerts that one channel is sent in an hour. What comes beyond goes into one digest at the end of it; some room is kept for what is critical."
      >
        <NumberSetting
          label="Alerts an hour at most"
          unit="an hour, for each channel"
          min={1}
          max={10_000}
          value={policy.hourlyCeiling}
          onChange={(hourlyCeiling) => hourlyCeiling !== null && onChange({ hourlyCeiling })}
        />
      </Setting>
    </>
  );
}

function Digest({ policy: { digest, digestExcept, digestHour, timeZone }, onChange }: PartProps) {
  return (
    <>
      <Setting name="Digest" help="Alerts are collected and sent as one. Off: each is sent as it comes.">
        <SegmentedControl
          size="xs"
          aria-label="Digest"
          value={digest}
          onChange={(next) => onChange({ digest: next as AlertPolicy['digest'] })}
          data={[
            { value: 'off', label: 'Off' },
            { value: 'hourly', label: 'Each hour' },
            { value: 'daily', label: 'Each day' },
          ]}
        />
      </Setting>
      {digest === 'off' ? null : (
        <Setting name="Sent at once all the same" help="What is too grave to wait.">
          <SegmentedControl
            size="xs"
            aria-label="Sent at once all the same"
            value={digestExcept}
            onChange={(next) => onChange({ digestExcept: next as AlertPolicy['digestExcept'] })}
            data={[
              { value: 'none', label: 'Nothing' },
              { value: 'critical', label: 'Critical' },
              { value: 'warning', label: 'Critical and warning' },
            ]}
          />
        </Setting>
      )}
      {digest === 'daily' ? (
        <Setting name="Hour of the digest" help="And the time zone it is meant in.">
          <div className="alert-times">
            <NativeSelect
              size="xs"
              aria-label="Hour of the digest"
              value={String(digestHour)}
              onChange={({ currentTarget }) => onChange({ digestHour: Number(currentTarget.value) })}
              data={HOURS}
            />
            <Select
              size="xs"
              aria-label="Time zone of the digest"
              searchable
              allowDeselect={false}
              data={ZONES}
              value={timeZone}
              onChange={(next) => next !== null && onChange({ timeZone: next })}
            />
          </div>
        </Setting>
      ) : null}
    </>
  );
}

const SENSOR_MAX = 100;

function Itself({ policy: { sensor, metricsPort }, onChange }: PartProps) {
  return (
    <>
      <Setting name="Name" help="By which alerts say where they come from, if there are several Sondes.">
        <TextSetting
          label="Name of this Sonde"
          maxLength={SENSOR_MAX}
          value={sensor}
          onChange={(next) => onChange({ sensor: next })}
        />
      </Setting>
      <Setting
        name="Metrics"
        help="The port of this machine at which Prometheus finds packets, drops, incidents, queues and failures. Empty: nowhere. Other machines do not reach it."
      >
        <NumberSetting
          label="Port of the metrics"
          unit={metricsPort === null ? 'not served' : `http://127.0.0.1:${metricsPort}/metrics`}
          empty
          min={1}
          max={65_535}
          value={metricsPort}
          onChange={(next) => onChange({ metricsPort: next })}
        />
      </Setting>
    </>
  );
}
