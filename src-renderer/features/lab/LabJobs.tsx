/** What the lab works on, and what just ended: how far, what went wrong, and a way to end it. */
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

/** Where it is shown what a job came to, an experiment beside the one it was made for; null where it came to nothing (yet). */
function resultOf({ experiment, model, scores }: LabJob, beside: string | undefined): string | null {
  if (scores !== null) return labAddress(['score', String(scores)]);
  if (experiment !== null)
    return labAddress(beside === undefined ? [String(experiment)] : ['compare', beside, String(experiment)]);
  return model === null ? null : labAddress(['models', String(model)]);
}

/** Who started one is led to its result. */
function useLanding(jobs: readonly LabJob[]): void {
  const { job: awaited, beside } = usePlace().params;
  const found = jobs.find(({ job }) => job === Number(awaited));
  const to = found ? resultOf(found, beside) : null;
  useEffect(() => {
    if (to !== null) go(to, true);
  }, [to]);
}

export function LabJobs() {
  const all = useJobs();
  useLanding(all);
  const jobs = all.slice(0, SHOWN);
  if (jobs.length === 0) return null;
  return (
    <Panel title={jobs.some(isRunning) ? 'Under way' : 'What ended last'} note="since the program started">
      <ul className="jobs">
        {jobs.map((job) => (
          <Job key={job.job} job={job} />
        ))}
      </ul>
    </Panel>
  );
}

function Job({ job }: { job: LabJob }) {
  const result = resultOf(job, undefined);
  return (
    <JobRow
      name={job.name}
      stage={STAGES[job.stage]}
      cancel={isRunning(job) ? (client) => client.lab.cancel({ job: job.job }) : null}
      link={result === null ? null : <Link to={result}>See the {job.kind === 'model' ? 'model' : 'result'}</Link>}
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
