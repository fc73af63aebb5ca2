/** Experiments under way and just ended: how far, what went wrong, and a way to end them. */
import { Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { LabJob } from '../../../src-shared/contract/topics/lab.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { JobError, JobRow } from '../../components/JobRow.tsx';
import { Panel } from '../../components/Panel.tsx';
import { useLine } from '../../lib/desk.tsx';
import { percent } from '../../lib/numbers.ts';
import { go, Link, usePlace } from '../../lib/place.tsx';
import { labAddress } from './place.ts';

const STAGES: Record<LabJob['stage'], string> = {
  waiting: 'Waiting for others to end',
  running: 'Under way',
  done: 'Done',
  cancelled: 'Cancelled; nothing of it was kept',
  failed: 'Came to nothing',
};

const SHOWN = 4;

const isRunning = ({ stage }: LabJob): boolean => stage === 'waiting' || stage === 'running';

/** The state of every job since the program started, newest first. */
function useJobs(): LabJob[] {
  const { client, state } = useLine();
  const [jobs, setJobs] = useState<ReadonlyMap<number, LabJob>>(new Map());
  useEffect(() => {
    if (!client || state !== 'open') return;
    setJobs(new Map());
    return client.lab.progress({}, { next: (job) => setJobs((now) => new Map(now).set(job.job, job)) });
  }, [client, state]);
  return [...jobs.values()].sort((a, b) => b.job - a.job);
}

/** Who started one is led to its result, or to it beside the one it was made for. */
function useLanding(jobs: readonly LabJob[]): void {
  const { job: started, beside } = usePlace().params;
  const experiment = jobs.find(({ job }) => job === Number(started))?.experiment ?? null;
  useEffect(() => {
    if (experiment === null) return;
    const own = String(experiment);
    go(labAddress(beside === undefined ? [own] : ['compare', beside, own]), true);
  }, [experiment, beside]);
}

export function LabJobs() {
  const all = useJobs();
  useLanding(all);
  const jobs = all.slice(0, SHOWN);
  if (jobs.length === 0) return null;
  return (
    <Panel title="Under way" note="since the program started">
      <ul className="jobs">
        {jobs.map((job) => (
          <Job key={job.job} job={job} />
        ))}
      </ul>
    </Panel>
  );
}

function Job({ job }: { job: LabJob }) {
  return (
    <JobRow
      name={job.name}
      stage={STAGES[job.stage]}
      cancel={isRunning(job) ? (client) => client.lab.cancel({ job: job.job }) : null}
      link={job.experiment === null ? null : <Link to={labAddress([String(job.experiment)])}>See the result</Link>}
    >
      {job.stage === 'running' ? (
        <>
          <Progress value={job.share * 100} aria-label={`${job.name}: done`} />
          <p className="dim">
            {[percent(job.share), job.step, `${formatDuration(job.secondsElapsed)} so far`].join(' · ')}
          </p>
        </>
      ) : null}
      {job.error ? <JobError error={job.error} /> : null}
    </JobRow>
  );
}
