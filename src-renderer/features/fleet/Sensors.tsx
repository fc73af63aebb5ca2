/** The sensors of the fleet: whether each sends, how much, what it lost, and how far the analysis is behind it. */
import type { FleetSensor } from '../../../src-shared/contract/topics/fleet.ts';
import { Panel } from '../../components/Panel.tsx';
import { Rate } from '../../components/Rate.tsx';
import { bytes, counted } from '../../lib/numbers.ts';
import { State } from './State.tsx';
import { shortPath } from '../incidents/IncidentTable.tsx';
import { clockText, handedText, heardText, lagText, lossText, SENSOR_WORDS } from './words.ts';

const HEADS = ['Packets /\u00a0s', 'Flows /\u00a0s', 'Bits /\u00a0s'] as const;

export function Sensors({ sensors, now }: { sensors: readonly FleetSensor[]; now: number }) {
  const wrong = sensors.filter(({ state }) => SENSOR_WORDS[state].tone === 'bad').length;
  return (
    <Panel
      title={counted(sensors.length, 'sensor')}
      note={wrong === 0 ? 'of the list that was given' : `${counted(wrong, 'sensor')} to be looked at`}
    >
      <div className="table-scroll">
        <table className="table">
          <caption className="sr-only">Sensors</caption>
          <thead>
            <tr>
              <th scope="col">Sensor</th>
              <th scope="col">State</th>
              <th scope="col">Heard</th>
              {HEADS.map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
              <th scope="col">Lost</th>
              <th scope="col" className="number" title="Packet time between what it sent and what is analysed">
                Analysis behind
              </th>
              <th scope="col" className="number" title="From the time of its newest packets to its clock">
                Clock behind
              </th>
              <th scope="col" className="number" title="What waits on its disk because the server was away">
                Spool
              </th>
              <th scope="col" title="Whether it hands out packets to desks that it knows">
                Packets
              </th>
              <th scope="col" className="fleet-wide">
                Version
              </th>
            </tr>
          </thead>
          <tbody>
            {sensors.map((sensor) => (
              <Row key={sensor.name} sensor={sensor} now={now} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Row({ sensor, now }: { sensor: FleetSensor; now: number }) {
  const { name, state, heard, health, lag } = sensor;
  const isSending = state === 'well' || state === 'losing' || state === 'behind';
  // Its state is known from a worker.
  const isOlder = heard === null && state !== 'unheard' && state !== 'refused';
  const rate = (value: number | null | undefined): number | null => (isSending ? (value ?? null) : null);
  return (
    <tr>
      <td>
        <span className="fleet-name">{name}</span>{' '}
        {health ? (
          <span className="dim fleet-link" title={health.interface}>
            {health.interface.includes(', ') ? health.interface : shortPath(health.interface)}
          </span>
        ) : null}
        {health ? <span className="dim fleet-narrow">{health.version}</span> : null}
      </td>
      <td>
        <State said={SENSOR_WORDS[state]} />
      </td>
      <td className="nowrap" title={isOlder ? 'Not since this desk was started' : undefined}>
        {isOlder ? '–' : heardText(heard, now)}
      </td>
      <Rate value={rate(health?.packetsPerSecond)} unit="packets/s" />
      <Rate value={rate(health?.flowsPerSecond)} unit="flows/s" />
      <Rate value={rate(health?.bitsPerSecond)} unit="bits/s" />
      <td className="fleet-words">{lostBy(sensor)}</td>
      <td className="number">{lagText(lag.packets)}</td>
      <td
        className="number"
        title={health?.replay ? 'It reads files: the time of their packets is not that of its clock' : undefined}
      >
        {clockText(lag.wall, health?.replay ?? false)}
      </td>
      <td
        className="number"
        title={
          health ? `${counted(health.spool.batches, 'batch', 'batches')} of ${bytes(health.spool.ceiling)}` : undefined
        }
      >
        {health ? bytes(health.spool.bytes) : '–'}
      </td>
      <td className="fleet-words" title={health?.handsOut ? handedText(health.handsOut) : undefined}>
        {health ? (health.handsOut ? 'on request' : 'stay there') : '–'}
      </td>
      <td className="nowrap fleet-wide">{health?.version ?? '–'}</td>
    </tr>
  );
}

function lostBy({ health, standing }: FleetSensor): string {
  if (!health && !standing) return '–';
  const lostFlows = Math.max(health?.spool.lostFlows ?? 0, standing?.lost ?? 0);
  return lossText(health?.dropped ?? null, lostFlows, standing?.missing ?? 0);
}
