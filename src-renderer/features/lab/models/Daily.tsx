/** Learning again every day: whether, when, and what each day came to. */
import { Button, NativeSelect, Switch } from '@mantine/core';
import type { Output } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { RetrainRun } from '../../../../src-shared/contract/topics/models.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { dateTime } from '../../../lib/clock.ts';
import { useAct, useAsk } from '../../../lib/desk.tsx';
import { exact } from '../../../lib/numbers.ts';
import { Link } from '../../../lib/place.tsx';
import { useLock, VIEWER_NOTE } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { LabTabs } from '../LabTabs.tsx';
import { labAddress } from '../place.ts';
import '../../settings/settings.css';
import { figure } from './words.ts';

type Schedule = Output<typeof contract.models.schedule>;
type Outcome = RetrainRun['outcomes'][number];

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, '0')}:00`,
}));

const SLOTS: Record<Outcome['slot'], { title: string; against: string }> = {
  'daily-ordinary': { title: 'Ordinary traffic', against: 'made-up anomalies' },
  'daily-judged': { title: 'Judged incidents', against: 'flows of confirmed incidents' },
};

export function Daily() {
  const asked = useAsk('model schedule', (client, signal) => client.models.schedule({}, { signal }), {
    topics: ['models'],
  });
  const lock = useLock();
  return (
    <div className="open">
      <div className="view-head">
        <h1>Every day</h1>
        <LabTabs at="Every day" />
      </div>
      <p className="dim lab-lead">
        Once a day two models are learned again: one of what is ordinary, from the day’s flows that are in no incident;
        one of the incidents you judged, those that are closed against those that are expected or silenced. Each is
        compared with the one that scores now, on flows that are held back from the learning of every day, and takes its
        place only where it is no worse. {lock.disabled ? VIEWER_NOTE : ''}
      </p>
      <Shown asked={asked} what="the schedule">
        {(schedule) => (
          <>
            <Settings schedule={schedule} />
            <Runs runs={schedule.runs} />
          </>
        )}
      </Shown>
    </div>
  );
}

function Settings({ schedule }: { schedule: Schedule }) {
  const { enabled, hour, running, next } = schedule;
  const zone = useZone();
  const lock = useLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const set = async (change: Partial<{ enabled: boolean; hour: number }>): Promise<void> => {
    if (await act((client) => client.models.setSchedule(change))) tell('Saved.');
  };
  const run = async (): Promise<void> => {
    if (await act((client) => client.models.retrainNow({}))) tell('It learns; what it came to will stand below.');
  };
  return (
    <fieldset className="settings" disabled={lock.disabled}>
      {error ? <ErrorNote error={error} /> : null}
      <Panel title="Schedule" note="in the time of the machine that runs Sonde">
        <div className="setting">
          <div>
            <h3>Learn again every day</h3>
            <p className="dim">Off until you turn it on. Sonde must be running at that hour.</p>
          </div>
          <div className="setting-value">
            <Switch
              aria-label="Learn again every day"
              label={enabled ? 'on' : 'off'}
              checked={enabled}
              onChange={({ currentTarget }) => void set({ enabled: currentTarget.checked })}
            />
          </div>
        </div>
        <div className="setting">
          <div>
            <h3>Hour</h3>
            <p className="dim">
              When the network is quiet: learning takes a processor for some minutes.
              {next === null ? '' : ` Next: ${dateTime(next / 1000, zone)}.`}
            </p>
          </div>
          <div className="setting-value lab-hour">
            <NativeSelect
              size="xs"
              aria-label="Hour"
              value={String(hour)}
              onChange={({ currentTarget }) => void set({ hour: Number(currentTarget.value) })}
              data={HOURS}
            />
          </div>
        </div>
        <div className="setting">
          <div>
            <h3>Now</h3>
            <p className="dim">Once, with what there is of the last day; the schedule stays as it is.</p>
          </div>
          <div className="setting-value">
            <Button {...lock} size="xs" variant="default" loading={busy || running} onClick={() => void run()}>
              Learn now
            </Button>
            {running ? (
              <span className="dim" role="status">
                {' '}
                Learning …
              </span>
            ) : null}
          </div>
        </div>
      </Panel>
    </fieldset>
  );
}

function Runs({ runs }: { runs: readonly RetrainRun[] }) {
  const zone = useZone();
  return (
    <Panel title="What changed" note="latest first">
      {runs.length === 0 ? (
        <Empty title="Nothing was learned again yet">
          Turn the schedule on, or learn now. One model needs 1,000 flows of the last day that are in no incident, the
          other 20 flows of incidents that you closed beside them.
        </Empty>
      ) : (
        <ol className="lab-runs">
          {runs.map(({ id, at, user, trigger, outcomes, damaged = false }) => (
            <li key={id}>
              <h3>
                {dateTime(at / 1000, zone)}{' '}
                {damaged ? null : (
                  <span className="dim">{trigger === 'schedule' ? 'by the schedule' : `asked for by ${user}`}</span>
                )}
              </h3>
              {damaged ? (
                <p className="dim">What the database says of this day is damaged and cannot be read.</p>
              ) : null}
              {outcomes.map((outcome) => (
                <OutcomeRow key={outcome.slot} outcome={outcome} />
              ))}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function takenText({ taken, before }: Outcome): string {
  if (!taken) return 'as before';
  return before ? 'replaced' : 'put to use';
}

function OutcomeRow({ outcome }: { outcome: Outcome }) {
  const { slot, taken, model, words, next, before } = outcome;
  const { title, against } = SLOTS[slot];
  return (
    <div className="lab-outcome">
      <p>
        <strong>{title}</strong> <span className={`tag ${taken ? 'lab-selected' : ''}`}>{takenText(outcome)}</span>{' '}
        {words} {model === null ? null : <Link to={labAddress(['models', String(model)])}>The model</Link>}
      </p>
      {next ? (
        <table className="table lab-contest">
          <thead>
            <tr>
              <th scope="col">On flows held back</th>
              <th scope="col" className="number" title={`ROC-AUC of ordinary flows against ${against}`}>
                ROC-AUC
              </th>
              <th scope="col" className="number" title="share of ordinary flows that are alarms">
                Alarms
              </th>
              <th scope="col" className="number">
                Ordinary flows
              </th>
              <th scope="col" className="number">
                {against.charAt(0).toUpperCase()}
                {against.slice(1)}
              </th>
            </tr>
          </thead>
          <tbody>
            <Figures name="new" figures={next} />
            {before ? <Figures name="before" figures={before} /> : null}
          </tbody>
        </table>
      ) : null}
    </div>
  );
}

function Figures({ name, figures }: { name: string; figures: NonNullable<Outcome['next']> }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{figure(figures.separation)}</td>
      <td className="number">{figure(figures.alarms)}</td>
      <td className="number">{exact(figures.ordinary)}</td>
      <td className="number">{exact(figures.strange)}</td>
    </tr>
  );
}
