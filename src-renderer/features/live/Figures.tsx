/** The figures of this second, and how much they can be trusted: losses, queue, delay, what is left out, learning. */
import type { ReactNode } from 'react';
import type { LiveTickShown } from '../../../src-shared/contract/topics/live.ts';
import { brief, bytes, counted, exact } from '../../lib/numbers.ts';
import { asPlayed } from './span.ts';
import type { LiveState } from './state.ts';

const SHED = ['everything', 'without learned scores', 'without scores and new protocols'] as const;

export function Figures({ state: { tick, session }, stale }: { state: LiveState; stale: number | null }) {
  if (!tick) {
    return (
      <section className="live-figures" aria-label="Figures">
        <p className="dim">{session?.state === 'starting' ? 'The card is being opened.' : 'No figures yet.'}</p>
      </section>
    );
  }
  return (
    <section className={`live-figures ${stale === null ? '' : 'live-stale'}`} aria-label="Figures">
      <dl className="figures">
        <Figure name="Packets / s" title={`${exact(tick.packetsPerSecond)} packets/s${asPlayed(session)}`}>
          {brief(tick.packetsPerSecond)}
        </Figure>
        <Figure name="Bits / s" title={`${exact(tick.bitsPerSecond)} bits/s${asPlayed(session)}`}>
          {brief(tick.bitsPerSecond)}
        </Figure>
        <Figure name="Packets" title={counted(tick.received, 'packet')}>
          {exact(tick.received)}
        </Figure>
        <Figure name="Bytes" title={counted(tick.bytes, 'byte')}>
          {bytes(tick.bytes)}
        </Figure>
        <Figure name="Flows" title={`${exact(tick.flows)} seen, ${exact(tick.flowsActive)} open`}>
          {exact(tick.flows)} <small>{exact(tick.flowsActive)} open</small>
        </Figure>
      </dl>
      <dl className="figures live-quality">
        <Lost tick={tick} />
        <Figure
          name="Inspected"
          tone={tick.shedLevel > 0 ? 'bad' : 'good'}
          title={`${counted(tick.shed, 'packet was', 'packets were')} only counted so far`}
        >
          {SHED[tick.shedLevel]}
        </Figure>
        <Figure name="Waiting" title={`${counted(tick.queued, 'packet waits', 'packets wait')} to be looked at`}>
          {counted(tick.queued, 'packet')}
        </Figure>
        <Figure
          name="Behind"
          tone={tick.behindMs > 1000 ? 'bad' : 'good'}
          title={`${exact(tick.behindMs)} ms after the packets`}
        >
          {delay(tick.behindMs)}
        </Figure>
        {tick.flowsForgotten > 0 ? (
          <Figure
            name="Flows kept"
            tone="bad"
            title={`${counted(tick.flowsForgotten, 'flow that ended first is', 'flows that ended first are')} kept no longer; all were looked at`}
          >
            only the latest
          </Figure>
        ) : null}
        <Learned learning={tick.learning} />
        {tick.linkUp ? null : (
          <Figure name="Link" tone="bad" title="The card is down or gone">
            down
          </Figure>
        )}
        {tick.ring ? <Ring ring={tick.ring} /> : null}
      </dl>
    </section>
  );
}

function delay(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function Lost({ tick: { droppedKernel, droppedInterface } }: { tick: LiveTickShown }) {
  if (droppedKernel === null && droppedInterface === null) {
    return (
      <Figure name="Lost" title="The engine of this capture does not tell of lost packets.">
        not known
      </Figure>
    );
  }
  const lost = (droppedKernel ?? 0) + (droppedInterface ?? 0);
  const title = `${exact(droppedKernel ?? 0)} by the kernel, ${exact(droppedInterface ?? 0)} by the card`;
  return (
    <Figure name="Lost" tone={lost > 0 ? 'bad' : 'good'} title={title}>
      {counted(lost, 'packet')}
    </Figure>
  );
}

function Learned({ learning }: { learning: LiveTickShown['learning'] }) {
  const { status, packets, flows, flowsNeeded, minutes, minutesNeeded, network, model } = learning;
  const so = `${counted(packets, 'packet')}, ${counted(flows, 'flow')} in ${counted(minutes, 'minute')}`;
  const where = network === null ? '' : ` Network ${network}.`;
  const by = model === null ? '' : ` Scores by ${model === 'base' ? 'the model that ships with Sonde' : model}.`;
  if (status === 'off')
    return (
      <Figure name="Learned scores" title="No model is used.">
        off
      </Figure>
    );
  if (status === 'scored') {
    return (
      <Figure name="Learned scores" tone="good" title={`Learned from ${so}.${where}${by}`}>
        {model === null || model === 'base' ? 'on' : 'by this network'}
      </Figure>
    );
  }
  const part = (of: number, needed: number): number => (needed > 0 ? Math.min(1, of / needed) : 1);
  const share = Math.min(99, Math.floor(Math.min(part(flows, flowsNeeded), part(minutes, minutesNeeded)) * 100));
  const title = `Learning what is usual: ${so}; ${counted(flowsNeeded, 'flow')} in at least ${counted(minutesNeeded, 'minute')} are needed.${where}${by} Known shapes of attack are watched from the first packet.`;
  return (
    <Figure name="Learning" title={title}>
      {share} %{' '}
      <small>
        {exact(flows)} of {counted(flowsNeeded, 'flow')}, {exact(minutes)} of {exact(minutesNeeded)} min
      </small>
    </Figure>
  );
}

const RING = { writing: 'writing', 'disk-full': 'the disk is full', failed: 'failed' } as const;

function Ring({ ring: { state, bytes: size, files, packets, skipped } }: { ring: NonNullable<LiveTickShown['ring']> }) {
  const title = `${counted(packets, 'packet')} in ${counted(files, 'file')}, ${exact(skipped)} left out`;
  return (
    <Figure name="On disk" tone={state === 'writing' ? 'good' : 'bad'} title={title}>
      {bytes(size)} {state === 'writing' ? null : <small>{RING[state]}</small>}
    </Figure>
  );
}

interface FigureProps {
  name: string;
  title: string;
  tone?: 'good' | 'bad';
  children: ReactNode;
}

function Figure({ name, title, tone, children }: FigureProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd className={tone === 'bad' ? 'live-bad' : undefined}>{children}</dd>
    </div>
  );
}
