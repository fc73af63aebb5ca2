/** Imports under way and just ended: how far, how fast, what was damaged, and a way to end them. */
import { Button, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ImportState } from '../../../src-shared/contract/topics/captures.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { JobError, JobRow } from '../../components/JobRow.tsx';
import { Panel } from '../../components/Panel.tsx';
import { useLine } from '../../lib/desk.tsx';
import { bytes, counted, exact, percent } from '../../lib/numbers.ts';
import { go, Link, usePlace, viewAddress } from '../../lib/place.tsx';
import type { Sending } from '../../lib/sending.ts';

const STAGES: Record<ImportState['stage'], string> = {
  waiting: 'Waiting for others to end',
  reading: 'Reading packets',
  scoring: 'Scoring flows',
  keeping: 'Keeping the results',
  done: 'Done',
  cancelled: 'Cancelled; what was read is kept',
  failed: 'Not read',
};

export function isRunning({ stage }: ImportState): boolean {
  return stage === 'waiting' || stage === 'reading' || stage === 'scoring' || stage === 'keeping';
}

/** The state of every import since the program started, newest first. */
function useImports(): ImportState[] {
  const { client, state } = useLine();
  const [jobs, setJobs] = useState<ReadonlyMap<number, ImportState>>(new Map());
  useEffect(() => {
    if (!client || state !== 'open') return;
    return client.captures.progress({ job: null }, { next: (job) => setJobs((now) => new Map(now).set(job.job, job)) });
  }, [client, state]);
  useEffect(() => {
    if (!client || state !== 'open') return;
    client.captures.imports({}).then(
      ({ jobs: list }) =>
        setJobs((now) => new Map([...list.map((job): [number, ImportState] => [job.job, job]), ...now])),
      () => undefined,
    );
  }, [client, state]);
  return [...jobs.values()].sort((a, b) => b.job - a.job);
}

/** An address with `?job=` was made for a file that was named at the start: once it is read, its overview is shown. */
function useLanding(jobs: readonly ImportState[]): void {
  const awaited = Number(usePlace().params['job'] ?? NaN);
  // Damage is told here, so that nobody is led past it.
  const found = jobs.find(({ job, stage, warnings }) => job === awaited && stage === 'done' && warnings.length === 0);
  const capture = found?.capture ?? null;
  useEffect(() => {
    if (capture !== null) go(viewAddress('overview', [], {}, capture), true);
  }, [capture]);
}

const SHOWN = 6;

/** What was sent whole and is read already stands in the list as that: the same file is not shown twice. */
function stillSending(sending: Sending | null, jobs: readonly ImportState[]): Sending | null {
  const taken =
    sending && sending.sent >= sending.total && jobs.some((j) => isRunning(j) && sending.names.includes(j.name));
  return taken ? null : sending;
}

interface ImportsProps {
  sending: Sending | null;
  onCancelSending(): void;
}

export function Imports({ sending: given, onCancelSending }: ImportsProps) {
  const all = useImports();
  const sending = stillSending(given, all);
  const jobs = all.slice(0, SHOWN);
  useLanding(all);
  if (jobs.length === 0 && !sending) return null;
  return (
    <Panel title="Imports">
      <ul className="jobs">
        {sending ? (
          <li className="job">
            <div className="job-head">
              <strong>{sending.names.join(', ')}</strong>
              <span className="dim">Sending to the program</span>
              <Button size="compact-xs" variant="default" onClick={onCancelSending}>
                Cancel
              </Button>
            </div>
            <Progress value={share(sending.sent, sending.total) * 100} aria-label="Sent" />
            <p className="dim">
              {bytes(sending.sent)} of {bytes(sending.total)}
            </p>
          </li>
        ) : null}
        {jobs.map((job) => (
          <Job key={job.job} job={job} />
        ))}
      </ul>
    </Panel>
  );
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

function Job({ job }: { job: ImportState }) {
  const running = isRunning(job);
  return (
    <JobRow
      name={job.name}
      stage={STAGES[job.stage]}
      cancel={running ? (client) => client.captures.cancelImport({ job: job.job }) : null}
      link={
        job.capture !== null && !running ? (
          <Link to={viewAddress('overview', [], {}, job.capture)}>See what happened</Link>
        ) : null
      }
    >
      {running ? <Progress value={share(job.bytes, job.total ?? 0) * 100} aria-label={`${job.name}: read`} /> : null}
      {job.stage === 'failed' && job.error ? <JobError error={job.error} /> : <Figures job={job} />}
      {job.warnings.length > 0 ? (
        <ul className="job-warnings">
          {job.warnings.map(({ code, message, count }) => (
            <li key={code}>
              {message} <span className="dim">({counted(count, 'time')})</span>
            </li>
          ))}
        </ul>
      ) : null}
    </JobRow>
  );
}

function Figures({ job }: { job: ImportState }) {
  const { bytes: read, total, packets, packetsPerSecond, secondsLeft, secondsElapsed } = job;
  const parts = [
    total === null ? bytes(read) : `${bytes(read)} of ${bytes(total)} (${percent(share(read, total))})`,
    counted(packets, 'packet'),
    `${exact(packetsPerSecond)} packets/s`,
    isRunning(job)
      ? secondsLeft === null
        ? `${formatDuration(secondsElapsed)} so far`
        : `about ${formatDuration(secondsLeft)} left`
      : `in ${formatDuration(secondsElapsed)}`,
  ];
  return <p className="dim">{parts.join(' · ')}</p>;
}
