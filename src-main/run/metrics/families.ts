/** Figures to the families of metrics that docs/channels.md lists, and resources/grafana builds on. */
import type { Family, Sample } from './exposition.ts';
import type { CaptureFigures, ChannelFigures, Figures } from './figures.ts';

type Scalar = Extract<Family, { samples: readonly Sample[] }>;

const counter = (name: string, help: string, samples: readonly Sample[]): Scalar => ({
  name,
  help,
  type: 'counter',
  samples,
});
const gauge = (name: string, help: string, samples: readonly Sample[]): Scalar => ({
  name,
  help,
  type: 'gauge',
  samples,
});

function dropSamples({ interface: card, drops }: CaptureFigures): Sample[] {
  const found = Object.entries(drops) as [string, number | null][];
  return found.flatMap(([where, value]) => (value === null ? [] : [{ labels: { interface: card, where }, value }]));
}

function captureFamilies(captures: readonly CaptureFigures[]): Family[] {
  const each = (value: (capture: CaptureFigures) => number): Sample[] =>
    captures.map((capture) => ({ labels: { interface: capture.interface }, value: value(capture) }));
  return [
    gauge(
      'sonde_capture_up',
      'Whether packets can come: 0 while the card is down or gone.',
      each(({ up }) => (up ? 1 : 0)),
    ),
    counter(
      'sonde_packets_total',
      'Packets that were received.',
      each(({ packets }) => packets),
    ),
    counter(
      'sonde_packets_dropped_total',
      'Packets that were lost (kernel, interface) or only counted (shed).',
      captures.flatMap(dropSamples),
    ),
    counter(
      'sonde_flows_total',
      'Flows that were seen.',
      each(({ flows }) => flows),
    ),
  ];
}

type OfChannel = readonly [
  kind: typeof gauge,
  name: string,
  help: string,
  value: (of: ChannelFigures) => number | undefined,
];

const OF_CHANNELS: readonly OfChannel[] = [
  [gauge, 'sonde_alerts_waiting', 'Alerts in the queue of a channel.', ({ waiting }) => waiting],
  [gauge, 'sonde_alerts_dead', 'Alerts that were given up and can be tried again by hand.', ({ dead }) => dead],
  [counter, 'sonde_alerts_delivered_total', 'Alerts that were delivered.', ({ delivered }) => delivered],
  [counter, 'sonde_alerts_refused_total', 'Alerts for which the queue had no place.', ({ refused }) => refused],
  [counter, 'sonde_alert_failures_total', 'Attempts to deliver that failed.', ({ failures }) => failures],
];

function channelFamilies(channels: readonly ChannelFigures[], now: number): Family[] {
  const each = (value: OfChannel[3]): Sample[] =>
    channels.flatMap((channel) => {
      const found = value(channel);
      return found === undefined ? [] : [{ labels: { channel: channel.channel }, value: found }];
    });
  const failing = ({ failingSince }: ChannelFigures): number =>
    failingSince === null ? 0 : Math.max(0, (now - failingSince) / 1000);
  return [
    ...OF_CHANNELS.map(([kind, name, help, value]) => kind(name, help, each(value))),
    gauge(
      'sonde_alert_channel_failing_seconds',
      'How long every attempt of a channel has failed; 0 where the last one succeeded.',
      each(failing),
    ),
  ];
}

export function familiesOf(figures: Figures): Family[] {
  const { version, startedAt, now, captures, scores, incidents, open, channels, models } = figures;
  return [
    gauge('sonde_build_info', 'Always 1; the version is a label.', [{ labels: { version }, value: 1 }]),
    gauge('sonde_start_time_seconds', 'When this program started, seconds since 1970.', [{ value: startedAt / 1000 }]),
    ...captureFamilies(captures),
    {
      name: 'sonde_flow_score',
      help: 'Flows by how unusual they are: 0 ordinary, 1 never seen.',
      type: 'histogram',
      histograms: scores ? [scores] : [],
    },
    counter(
      'sonde_incidents_total',
      'Incidents since the start; one that worsens counts under both severities.',
      incidents.map(({ kind, severity, count }) => ({ labels: { kind, severity }, value: count })),
    ),
    gauge(
      'sonde_incidents_open',
      'Incidents that go on.',
      Object.entries(open).map(([severity, value]) => ({ labels: { severity }, value })),
    ),
    ...channelFamilies(channels, now),
    gauge(
      'sonde_model_age_seconds',
      'Since the model that scores was made or its file was written.',
      models.map(({ name, madeAt }) => ({ labels: { model: name }, value: Math.max(0, (now - madeAt) / 1000) })),
    ),
  ];
}
