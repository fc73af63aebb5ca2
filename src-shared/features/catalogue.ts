/**
 * The flow features the detectors see, in the order of the matrix. None is an address, a port, a time of day, an
 * identifier or a TTL: those let a model learn a network by heart instead of what its traffic does. Adding one is one
 * entry here and one line in `src-main/detect/features/extract.ts`; the schema id changes with it, and models that
 * learned from other features are then refused by name.
 */
import { SERVICE_CLASSES } from './services.ts';
import type { CategoricalFeature, FeatureDefinition, FeatureGroup, FeatureUnit, NumericFeature } from './types.ts';

/** Raised when a feature's computation changes without a change of its id. */
export const CATALOGUE_VERSION = 1;

const CIC = 'CICFlowMeter (Lashkari et al. 2017)';
const KDD = 'KDD Cup 99 (Stolfo et al. 2000)';
const MOORE = 'Moore, Zuev & Crogan 2005, discriminators for flow classification';
const UNSW = 'UNSW-NB15 (Moustafa & Slay 2015)';
const BERNAILLE = 'Bernaille et al. 2006, traffic classification on the fly';
const ZEEK = 'Zeek conn.log';
const RITA = 'RITA (Active Countermeasures), beacon analysis';

type Text = readonly [meaning: string, phrase: string, source: string];

function number(
  id: string,
  unit: FeatureUnit,
  group: FeatureGroup,
  transform: NumericFeature['transform'],
  factor: number,
  [meaning, phrase, source]: Text,
): NumericFeature {
  return { kind: 'numeric', id, unit, group, transform, factor, meaning, phrase, source };
}

function choice(id: string, vocabulary: readonly string[], [meaning, phrase, source]: Text): CategoricalFeature {
  return { kind: 'categorical', id, unit: 'class', group: 'behaviour', vocabulary, meaning, phrase, source };
}

export const PROTOCOL_CLASSES = ['tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'other'] as const;
export const PORT_CLASSES = ['none', 'system', 'user', 'dynamic'] as const;
export const CONN_STATE_CLASSES = [
  'OTH',
  'S0',
  'S1',
  'SF',
  'REJ',
  'S2',
  'S3',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
] as const;

// prettier-ignore
export const FLOW_FEATURES: readonly FeatureDefinition[] = [
  // How much.
  number('duration', 'seconds', 'timing', 'log', 1000, ['First to last packet.', 'lasted {}', ZEEK]),
  number('orig_packets', 'packets', 'size', 'log', 1, ['Packets from the originator.', 'sent {}', ZEEK]),
  number('resp_packets', 'packets', 'size', 'log', 1, ['Packets from the responder.', 'got {} back', ZEEK]),
  number('orig_bytes', 'bytes', 'size', 'log', 1, ['Payload from the originator.', 'sent {} to the other side', KDD]),
  number('resp_bytes', 'bytes', 'size', 'log', 1, ['Payload from the responder.', 'got {} from the other side', KDD]),
  number('packet_rate', 'packets/s', 'timing', 'log', 1, ['Packets after the first by duration; 0 for a single packet.', 'exchanged {}', CIC]),
  number('byte_rate', 'bytes/s', 'size', 'log', 1, ['Payload both ways by duration; 0 for a single packet.', 'moved {}', CIC]),
  number('byte_balance', 'balance', 'size', 'linear', 1, ['(sent − got) / (sent + got) payload: 1 only sent, −1 only got, 0 even or none.', 'balance of sent and got bytes {}', MOORE]),

  // In which portions.
  number('orig_mean_size', 'bytes', 'size', 'log', 1, ['Mean payload of the originator’s packets with payload.', 'sent packets of {} on average', MOORE]),
  number('resp_mean_size', 'bytes', 'size', 'log', 1, ['Mean payload of the responder’s packets with payload.', 'got packets of {} on average', MOORE]),
  number('orig_size_sd', 'bytes', 'size', 'log', 1, ['Standard deviation of the originator’s payload sizes.', 'sizes of sent packets vary by {}', MOORE]),
  number('resp_size_sd', 'bytes', 'size', 'log', 1, ['Standard deviation of the responder’s payload sizes.', 'sizes of packets got vary by {}', MOORE]),
  number('orig_size_max', 'bytes', 'size', 'log', 1, ['Largest payload of the originator.', 'largest packet sent {}', CIC]),
  number('resp_size_max', 'bytes', 'size', 'log', 1, ['Largest payload of the responder.', 'largest packet got {}', CIC]),
  number('orig_data_share', 'share', 'size', 'linear', 1, ['Share of the originator’s packets that carry payload.', '{} of the packets sent carry data', MOORE]),
  number('resp_data_share', 'share', 'size', 'linear', 1, ['Share of the responder’s packets that carry payload.', '{} of the packets got carry data', MOORE]),
  number('first_size', 'bytes', 'size', 'signed-log', 1, ['Payload of the first packet that has any; negative when the responder spoke.', 'opened with {}', BERNAILLE]),
  number('second_size', 'bytes', 'size', 'signed-log', 1, ['Payload of the second packet that has any; negative when the responder spoke.', 'went on with {}', BERNAILLE]),

  // In which rhythm.
  number('orig_gap_mean', 'seconds', 'timing', 'log', 1000, ['Mean time between packets of the originator.', 'sent a packet every {}', CIC]),
  number('resp_gap_mean', 'seconds', 'timing', 'log', 1000, ['Mean time between packets of the responder.', 'got a packet every {}', CIC]),
  number('orig_gap_max', 'seconds', 'timing', 'log', 1000, ['Longest silence of the originator.', 'longest pause in sending {}', CIC]),
  number('resp_gap_max', 'seconds', 'timing', 'log', 1000, ['Longest silence of the responder.', 'longest pause of the other side {}', CIC]),
  number('orig_gap_variation', 'ratio', 'timing', 'log', 1, ['Standard deviation by mean of the originator’s interarrival times: 0 is clockwork.', 'rhythm of sending varies by {}', RITA]),
  number('resp_gap_variation', 'ratio', 'timing', 'log', 1, ['Standard deviation by mean of the responder’s interarrival times.', 'rhythm of the answers varies by {}', RITA]),
  number('response_time', 'seconds', 'timing', 'log', 1000, ['SYN to SYN+ACK, or first request to first answer; 0 when there was none (see answered).', 'answered after {}', UNSW]),

  // How the conversation went.
  number('answered', 'yes/no', 'behaviour', 'linear', 1, ['Whether the responder answered.', 'answered: {}', ZEEK]),
  number('syn_share', 'share', 'behaviour', 'linear', 1, ['TCP packets with SYN by packets.', '{} of the packets open connections', CIC]),
  number('fin_share', 'share', 'behaviour', 'linear', 1, ['TCP packets with FIN by packets.', '{} of the packets close the connection', CIC]),
  number('rst_share', 'share', 'behaviour', 'linear', 1, ['TCP packets with RST by packets.', '{} of the packets reset the connection', CIC]),
  number('psh_share', 'share', 'behaviour', 'linear', 1, ['TCP packets with PSH by packets.', '{} of the packets push data', CIC]),
  number('urg_share', 'share', 'behaviour', 'linear', 1, ['TCP packets with URG by packets.', '{} of the packets are urgent', KDD]),
  number('odd_flags', 'yes/no', 'behaviour', 'linear', 1, ['The originator of a TCP flow never set SYN, ACK or RST: NULL, FIN and XMAS probes do that.', 'flags no connection has: {}', 'RFC 9293; Nmap reference guide']),
  number('orig_retransmit_share', 'share', 'timing', 'linear', 1, ['Segments sent again by packets of the originator.', '{} of the packets sent were repeats', ZEEK]),
  number('resp_retransmit_share', 'share', 'timing', 'linear', 1, ['Segments sent again by packets of the responder.', '{} of the packets got were repeats', ZEEK]),
  number('fragments', 'fragments', 'behaviour', 'log', 1, ['Packets that are IP fragments.', '{} in it', KDD]),
  number('fragment_overlaps', 'fragments', 'behaviour', 'log', 1, ['Fragments that overlap one before.', '{} overlap', 'RFC 5722']),

  // What came before it: counts when the flow opened, over the last 30 to 60 s of packet time.
  number('src_flows', 'flows', 'behaviour', 'log', 1, ['Flows its source opened, this one included.', 'its source opened {} within a minute', KDD]),
  number('src_targets', 'hosts', 'behaviour', 'log', 1, ['Distinct hosts its source opened flows to (estimated beyond about 30).', 'its source contacted {} within a minute', UNSW]),
  number('src_ports', 'ports', 'behaviour', 'log', 1, ['Distinct ports its source opened flows to (estimated beyond about 30).', 'its source tried {} within a minute', UNSW]),
  number('src_unanswered_share', 'share', 'behaviour', 'linear', 1, ['Share of its source’s earlier flows that had no answer yet.', '{} of its source’s flows got no answer', KDD]),
  number('src_refused_share', 'share', 'behaviour', 'linear', 1, ['Share of its source’s earlier flows that were refused.', '{} of its source’s flows were refused', KDD]),
  number('dst_flows', 'flows', 'behaviour', 'log', 1, ['Flows opened to its target, this one included.', 'its target received {} within a minute', KDD]),
  number('dst_sources', 'hosts', 'behaviour', 'log', 1, ['Distinct hosts that opened flows to its target.', '{} contacted its target within a minute', UNSW]),
  number('dst_ports', 'ports', 'behaviour', 'log', 1, ['Distinct ports of its target that flows were opened to.', '{} of its target were tried within a minute', UNSW]),
  number('src_same_service_share', 'share', 'behaviour', 'linear', 1, ['Share of its source’s flows that go to the same protocol and port.', '{} of its source’s flows go to the same service', KDD]),
  number('pair_flows', 'flows', 'behaviour', 'log', 1, ['Flows so far between the same two hosts to the same service, halved for every 10 minutes of silence.', '{} between the same two lately', UNSW]),
  number('pair_gap', 'seconds', 'timing', 'log', 1000, ['Time since the previous flow between the same two hosts to the same service; 0 for the first.', 'came {} after the one before', RITA]),
  number('pair_regularity', 'share', 'timing', 'linear', 1, ['How alike this gap and the one before it are: 1 the same, 0 very unlike or not known.', 'gaps between flows agree by {}', RITA]),

  // What it is.
  choice('protocol', PROTOCOL_CLASSES, ['Transport protocol.', 'protocol {}', ZEEK]),
  choice('conn_state', CONN_STATE_CLASSES, ['How the connection went.', 'connection: {}', ZEEK]),
  choice('service_class', SERVICE_CLASSES, ['Class of the service recognised in the payload.', 'service: {}', KDD]),
  choice('port_class', PORT_CLASSES, ['Range of the responder’s port: system, user or dynamic; none where the protocol has no ports.', 'port of the responder: {}', 'RFC 6335']),
];

const BY_ID: ReadonlyMap<string, FeatureDefinition> = new Map(FLOW_FEATURES.map((feature) => [feature.id, feature]));

/** The catalogue's entry, or undefined for an id it does not have. */
export function featureById(id: string): FeatureDefinition | undefined {
  return BY_ID.get(id);
}
