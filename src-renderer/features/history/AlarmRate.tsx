/** Alarms that nobody needed, day by day, beside the budget: only what somebody judged is counted. */
import { Bar, BarChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { AXIS_RIGHT, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import { alarmText, type AlarmDay, type AlarmRateData } from './alarm-words.ts';

const DAYS = 30;
/** Room above the highest bar and the budget. */
const HEADROOM = 1.15;
/** For the budget's name beside its line, pixels. */
const BUDGET_ROOM = 84;

export function AlarmRate() {
  const zone = useZone() ?? new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  const asked = useAsk(
    `alarm rate ${zone}`,
    (client, signal) => client.incidents.alarmRate({ zone, days: DAYS }, { signal }),
    { topics: ['incidents', 'suppressions', 'captures', 'settings'], keep: true },
  );
  const { data } = asked;
  if (data && data.days.length === 0) return null;
  return (
    <Panel
      title="False alarms"
      note={`a day, on the last ${DAYS} days with traffic, the built-in sample left out; what was judged`}
      tools={
        <Legend
          items={[
            { name: 'false alarm', tone: 'anomaly' },
            { name: 'expected', tone: '2' },
          ]}
        />
      }
    >
      <Shown asked={asked} what="the false alarms" lines={6}>
        {(rate) => (
          <>
            <p>{alarmText(rate)}</p>
            {rate.days.some(isJudged) ? <Bars rate={rate} /> : null}
          </>
        )}
      </Shown>
    </Panel>
  );
}

const isJudged = ({ falseAlarms, expected, confirmed }: AlarmDay): boolean => falseAlarms + expected + confirmed > 0;

/** The rows that the tooltip of a day has. */
function tipRows({ seconds, falseAlarms, expected, confirmed, notJudged }: AlarmDay) {
  return [
    { name: 'false alarms', value: exact(falseAlarms) },
    { name: 'expected', value: exact(expected) },
    { name: 'closed as real', value: exact(confirmed) },
    { name: 'not judged', value: exact(notJudged) },
    { name: 'traffic', value: formatDuration(seconds) },
  ];
}

function Bars({ rate: { days, budget } }: { rate: AlarmRateData }) {
  const most = Math.max(1, budget ?? 0, ...days.map((day) => day.falseAlarms + day.expected));
  const top = Math.ceil(most * HEADROOM);
  return (
    <div
      role="img"
      aria-label={`False alarms a day on ${days.length} days${budget === null ? '' : `, beside a budget of ${budget}`}`}
    >
      <ResponsiveContainer width="100%" height={200}>
        <BarChart
          data={days}
          margin={{ top: 12, right: budget === null ? AXIS_RIGHT : BUDGET_ROOM, bottom: 0, left: 0 }}
          accessibilityLayer={false}
          maxBarSize={28}
        >
          <CartesianGrid vertical={false} />
          <XAxis dataKey="day" tickFormatter={(day: string) => day.slice(5)} height={24} minTickGap={16} />
          <YAxis width={36} domain={[0, top]} allowDecimals={false} axisLine={false} tickLine={false} />
          <Bar dataKey="falseAlarms" stackId="wrong" fill="var(--anomaly)" isAnimationActive={false} />
          <Bar dataKey="expected" stackId="wrong" fill="var(--series-2)" isAnimationActive={false} />
          {budget === null ? null : (
            <ReferenceLine
              y={budget}
              stroke="var(--text)"
              strokeDasharray="6 4"
              label={{ value: `budget: ${budget}`, position: 'right', fill: 'var(--text)', fontSize: 12 }}
            />
          )}
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--sunken)' }}
            content={(props) => {
              const day = datumOf(props) as AlarmDay | null;
              return day ? <Tip title={day.day} rows={tipRows(day)} /> : null;
            }}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
