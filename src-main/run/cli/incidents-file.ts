/** `--incidents OUT`: the report's incidents in the format that the file name's ending tells. */
import { basename } from 'node:path';
import { formatTime } from '../../../src-shared/domain/time.ts';
import type { Observations } from '../../detect/types.ts';
import { writeWhole } from '../../detect/whole-file.ts';
import { formatOfName, INCIDENT_FORMATS } from '../../keep/exports/incidents/registry.ts';
import type { ExportContext, FirstFlow, IncidentFormat } from '../../keep/exports/incidents/types.ts';
import { protoName, rowCommunityId } from '../../meter/flows/record.ts';
import { FLOW_EVENT, makeFlowBatch, type FlowBatch } from '../../meter/flows/types.ts';
import { rowUid } from '../../meter/flows/uid.ts';
import { formatAddress } from '../../meter/hosts.ts';
import { PROTO, type PacketBatch } from '../../meter/packets/types.ts';
import { anonymisedIncident } from '../../keep/exports/anonymise/report.ts';
import type { Anonymiser } from '../../keep/exports/anonymise/words.ts';
import { copyRows } from '../pipeline/flow-log.ts';
import type { TriageOptions, TriageResult } from '../pipeline/triage-types.ts';
import { usageError } from './arguments.ts';
import { sayingWrite } from './outputs.ts';

/** Text collected before it is written. */
const BLOCK = 1 << 18;

/** @throws SondeError `usage` where the ending names no format */
export function incidentFormat(path: string): IncidentFormat {
  const format = formatOfName(path);
  if (format) return format;
  const endings = INCIDENT_FORMATS.map(({ ending }) => ending).join(', ');
  throw usageError(`--incidents ${path}: its ending names no format`, path, `Let it end in one of ${endings}.`);
}

/** Growing list of numbers: 8 bytes each. */
class Numbers {
  length = 0;
  private values = new Float64Array(4096);

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }
}

/**
 * Numbers of the packets that began flows, from 1, by the packet's time. Where several packets of a flow's first moment share
 * it, it is the first of them that began no other. 16 bytes a flow.
 */
export class FirstPackets {
  private readonly flows = new Numbers();
  private readonly packets = new Numbers();
  private before = 0;
  private batch: { sec: Float64Array; nano: Uint32Array; count: number } | undefined;

  /** For a triage; `also`: another that is to be told. */
  tap(also: TriageOptions['onPackets']): (packets: PacketBatch) => void {
    return (packets) => {
      this.begin(packets);
      also?.(packets);
    };
  }

  hook(also: TriageOptions['onObservations']): NonNullable<TriageOptions['onObservations']> {
    return (seen, hosts) => {
      this.note(seen.events);
      also?.(seen, hosts);
    };
  }

  private begin(packets: PacketBatch): void {
    if (this.batch) this.before += this.batch.count;
    const { sec, nano } = packets.columns;
    this.batch = { sec: sec.slice(0, packets.count), nano: nano.slice(0, packets.count), count: packets.count };
  }

  private note(events: Observations['events']): void {
    const { batch } = this;
    if (!batch) return;
    let row = 0;
    for (let i = 0; i < events.count; i++) {
      const { kind, flow, sec, nano } = events.columns;
      if (kind[i] !== FLOW_EVENT.OPEN) continue;
      let found = row;
      while (found < batch.count && (batch.sec[found] !== sec[i] || batch.nano[found] !== nano[i])) found++;
      if (found === batch.count) continue;
      row = found + 1;
      this.flows.push(flow[i]!);
      this.packets.push(this.before + found + 1);
    }
  }

  /** By flow, for those asked about. */
  of(flows: ReadonlySet<number>): Map<number, number> {
    const found = new Map<number, number>();
    for (let i = 0; i < this.flows.length; i++) {
      const flow = this.flows.at(i);
      if (flows.has(flow)) found.set(flow, this.packets.at(i));
    }
    return found;
  }
}

interface Place {
  id: number;
  sec: number;
  nano: number;
  flow: FirstFlow;
}

const PORTS: ReadonlySet<number> = new Set([PROTO.TCP, PROTO.UDP, PROTO.SCTP]);

function firstFlow({ columns: c, meta }: FlowBatch, row: number): FirstFlow {
  const protocol = c.proto[row]!;
  const transport = protoName(protocol);
  return {
    uid: rowUid(c, row),
    communityId: rowCommunityId(c, row),
    number: c.id[row]! + 1,
    origHost: formatAddress(c.orig, row * 4),
    origPort: c.origPort[row]!,
    respHost: formatAddress(c.resp, row * 4),
    respPort: c.respPort[row]!,
    protocol,
    transport: transport === protoName(0) ? '' : transport,
    hasPorts: PORTS.has(protocol),
    service: meta[row]?.service ?? '',
    start: formatTime(c.sec[row]!, c.nano[row]!),
    end: formatTime(c.lastSec[row]!, c.lastNano[row]!),
    origBytes: c.origIpBytes[row]!,
    respBytes: c.respIpBytes[row]!,
    origPackets: c.origPkts[row]!,
    respPackets: c.respPkts[row]!,
  };
}

/** One flow between pseudonyms: its identifiers are then those that the anonymised capture gives. */
function betweenPseudonyms(batch: FlowBatch, row: number, { names }: Anonymiser): FlowBatch {
  const one = makeFlowBatch(1);
  copyRows(batch, row, 1, one);
  for (const end of [one.columns.orig, one.columns.resp]) {
    const bytes = Buffer.alloc(16);
    end.forEach((word, at) => bytes.writeUInt32BE(word, at * 4));
    names.replaceAddress(bytes);
    for (let at = 0; at < end.length; at++) end[at] = bytes.readUInt32BE(at * 4);
  }
  return one;
}

/** By uid, the flow of each incident that began first. */
function firstFlows(result: TriageResult, by: Anonymiser | undefined): Map<string, Place> {
  const first = new Map<string, Place>();
  for (const { batch } of result.flows()) {
    const { id, sec, nano } = batch.columns;
    for (let row = 0; row < batch.count; row++) {
      for (const uid of result.incidentsOf(id[row]!)) {
        const known = first.get(uid);
        if (known && (known.sec - sec[row]! || known.nano - nano[row]! || known.id - id[row]!) <= 0) continue;
        const flow = by ? firstFlow(betweenPseudonyms(batch, row, by), 0) : firstFlow(batch, row);
        first.set(uid, { id: id[row]!, sec: sec[row]!, nano: nano[row]!, flow });
      }
    }
  }
  return first;
}

function contextOf({ report }: TriageResult, by: Anonymiser | undefined): ExportContext {
  if (by) {
    const source = by.names.digits(report.inputs.map(({ sha256 }) => sha256).join(' '), 64);
    return { version: report.version, capture: '', source };
  }
  const [only, ...more] = report.inputs;
  const named = only !== undefined && more.length === 0 && only.path !== '-';
  return {
    version: report.version,
    capture: named ? basename(only.path) : '',
    source: report.inputs.map(({ sha256 }) => sha256).join(' '),
  };
}

/**
 * Writes the file, whole or not at all. `packets`: numbers of first packets, where they mean something. `by`: makes it
 * one that can be given away.
 *
 * @throws SondeError `disk-full` or `write-failed`
 */
export async function writeIncidents(
  result: TriageResult,
  path: string,
  format: IncidentFormat,
  packets: FirstPackets | undefined,
  by?: Anonymiser,
): Promise<void> {
  const first = firstFlows(result, by);
  const numbers = packets?.of(new Set([...first.values()].map(({ id }) => id)));
  const incidents = result.report.incidents.map((original) => {
    const incident = by ? anonymisedIncident(original, by) : original;
    const place = first.get(original.uid);
    if (!place) return { incident };
    const packet = numbers?.get(place.id);
    return { incident, flow: packet === undefined ? place.flow : { ...place.flow, packet } };
  });
  await sayingWrite(path, () =>
    writeWhole(path, async (file) => {
      let text = '';
      for (const piece of format.write(incidents, contextOf(result, by))) {
        text += piece;
        if (text.length < BLOCK) continue;
        await file.writeFile(text);
        text = '';
      }
      await file.writeFile(text);
    }),
  );
}
