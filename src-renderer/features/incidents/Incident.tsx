/** One incident: what happened, why Sonde thinks so, and what to do. */
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { useScored } from '../overview/scored.tsx';
import { MatchedRules } from '../rules/MatchedRules.tsx';
import { Actions } from './Actions.tsx';
import { Head } from './Head.tsx';
import './incidents.css';
import { Detectors, Evidence, Response, StatusHistory } from './parts.tsx';
import { IncidentFlows } from './IncidentFlows.tsx';
import { NoScores, Waterfall } from './Waterfall.tsx';
import { Who } from './Who.tsx';

export function Incident({ capture, uid }: { capture: number; uid: string }) {
  const asked = useAsk(
    `incident ${capture} ${uid}`,
    (client, signal) => client.incidents.get({ capture, uid }, { signal }),
    { topics: ['incidents', 'suppressions'] },
  );
  const scored = useScored(capture);
  return (
    <Shown asked={asked} what="the incident" lines={12}>
      {(answer) => (
        <article className="incident">
          <Head answer={answer} />
          <Actions answer={answer} />
          <div className="wide stack">
            <Evidence evidence={answer.incident.evidence} />
            <MatchedRules detectors={answer.incident.detectors} />
            {scored ? (
              <Waterfall attributions={answer.incident.attributions} explanation={answer.explanation} />
            ) : (
              <NoScores />
            )}
          </div>
          <div className="narrow stack">
            <Response steps={answer.incident.response} />
            <Who capture={capture} uid={uid} ofFleet={answer.incident.sensors !== undefined} />
            <Detectors {...answer.incident} scored={scored} />
            <StatusHistory history={answer.history} />
          </div>
          {answer.incident.wiresharkFilter === '' ? null : (
            <p className="print-only print-foot">Wireshark display filter: {answer.incident.wiresharkFilter}</p>
          )}
          <IncidentFlows
            capture={capture}
            uid={uid}
            kept={answer.flowsKept}
            total={answer.incident.flows}
            ofFleet={answer.incident.sensors !== undefined}
            scored={scored}
          />
        </article>
      )}
    </Shown>
  );
}
