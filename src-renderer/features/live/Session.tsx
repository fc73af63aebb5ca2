/** A session while it runs, and what is left to look at once it is over. */
import type { LiveSession } from '../../../src-shared/contract/topics/live.ts';
import { useState } from 'react';
import { FrequencyPanel } from './Frequency.tsx';
import { Feed } from './Feed.tsx';
import { Figures } from './Figures.tsx';
import { HeatMap } from './HeatMap.tsx';
import { IncidentPanel } from './IncidentPanel.tsx';
import { Notices } from './Notices.tsx';
import { Kinds, Latencies, Protocols, SeverityPanel, Sizes, Talkers } from './panels.tsx';
import { Rates } from './Rates.tsx';
import { SessionHead } from './SessionHead.tsx';
import type { Live } from './use-live.ts';

export function Session({ live, session, onLeave }: { live: Live; session: LiveSession; onLeave(): void }) {
  const { shown } = live;
  const [uid, setUid] = useState<string | null>(null);
  const open = shown.incidents.find(({ incident }) => incident.uid === uid);
  return (
    <div className="live">
      <SessionHead live={live} session={session} onLeave={onLeave} />
      <Figures state={shown} stale={live.paused ? null : live.stale} />
      <Rates state={shown} onOpen={setUid} />
      {open ? (
        <IncidentPanel told={open} session={session} onClose={() => setUid(null)} />
      ) : (
        <Feed state={shown} onOpen={setUid} />
      )}
      <SeverityPanel state={shown} />
      <FrequencyPanel points={shown.points} />
      <HeatMap state={shown} />
      <Talkers state={shown} />
      <Protocols state={shown} />
      <Kinds state={shown} />
      <Sizes state={shown} />
      <Latencies state={shown} />
      <Notices state={shown} />
    </div>
  );
}
