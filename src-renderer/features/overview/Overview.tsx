/** A capture at a glance: the verdict, what to look at first, when and who. */
import type { ImportState } from '../../../src-shared/contract/topics/captures.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useCapture } from '../../lib/capture.ts';
import { useAsk } from '../../lib/desk.tsx';
import { Link, useRange, viewAddress } from '../../lib/place.tsx';
import { ReportOfThis } from '../alerts/reports/CaptureReport.tsx';
import { IncidentTable } from '../incidents/IncidentTable.tsx';
import { Frequency } from './Frequency.tsx';
import { HeatMap } from './HeatMap.tsx';
import { Mix, useMix } from './Mix.tsx';
import './overview.css';
import { PacketSizes, useSizes } from './PacketSizes.tsx';
import { Severities, TopKinds } from './Severities.tsx';
import { Talkers, useTalkers } from './Talkers.tsx';
import { Timeline, useTimeline } from './Timeline.tsx';
import { JudgedBy } from './JudgedBy.tsx';
import { Quality } from './Quality.tsx';
import { useScored } from './scored.tsx';
import { ScoredBy } from './ScoredBy.tsx';
import { CaptureNotes, Verdict } from './Verdict.tsx';

export type ImportWarning = ImportState['warnings'][number];

export default function Overview() {
  const capture = useCapture();
  const [range] = useRange();
  const scored = useScored(capture);
  const asked = useAsk(
    `overview ${capture} ${JSON.stringify(range)}`,
    (client, signal) => client.overview.get({ capture, ...(range ? { range } : {}) }, { signal }),
    { topics: ['captures', 'incidents', 'suppressions'], keep: true },
  );
  return (
    <>
      <Ahead capture={capture} />
      <Shown asked={asked} what="the overview" lines={12}>
        {(data) => (
          <div className="overview">
            <Verdict data={data} range={range} />
            <Quality capture={capture} />
            <CaptureNotes capture={capture} />
            <JudgedBy capture={capture} />
            <ScoredBy capture={capture} />
            <Panel
              title="Incidents"
              note="most severe first"
              tools={
                <>
                  <ReportOfThis capture={capture} />
                  <Link to={viewAddress('incidents')}>All incidents</Link>
                </>
              }
            >
              {data.incidents.length === 0 ? (
                <Empty title="No incidents in this time">
                  {data.suppressed > 0
                    ? `${data.suppressed} are silenced as expected.`
                    : data.flows === 0 && range === null
                      ? 'Sonde looks at IP traffic, and none is in here. Was the right network card captured, or the capture ended too soon?'
                      : scored
                        ? 'Nothing known to be an attack and nothing far from usual was seen.'
                        : 'Nothing known to be an attack was seen. What is far from usual was not looked for: the flows were not judged.'}
                </Empty>
              ) : (
                <IncidentTable rows={data.incidents} />
              )}
            </Panel>
            <Timeline capture={capture} />
            <HeatMap capture={capture} hosts={data.hosts} />
            <Frequency capture={capture} />
            <PacketSizes capture={capture} />
            <Severities data={data} />
            <TopKinds data={data} />
            <Talkers capture={capture} />
            <Mix capture={capture} />
          </div>
        )}
      </Shown>
    </>
  );
}

/** Asks what the panels ask, together with the question they wait for. */
function Ahead({ capture }: { capture: number }): null {
  const [range] = useRange();
  useTimeline(capture, range);
  useTalkers(capture);
  useMix(capture);
  useSizes(capture);
  return null;
}
