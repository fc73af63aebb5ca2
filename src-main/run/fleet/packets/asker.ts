/** A desk's side: asks sensors of its fleet for packets, takes what they have signed, and puts it together as one file. */
import { randomBytes, type KeyObject } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import { names } from '../names.ts';
import type { Transport } from '../types.ts';
import { WireError } from '../wire/error.ts';
import { AnswerReader, type AnswerEnd } from './answer.ts';
import { PACKETS_MAX, sealAsk, type Wanted } from './ask.ts';
import { cancelled, noKey, none, ours, WHY } from './asker-words.ts';
import { cutInThread, type Stopping } from './cutting.ts';

/** A sensor that says nothing for so long does not answer, ms; and one that does not come to an end. */
const WAIT_MS = 15_000;
const WHOLE_MS = 300_000;
/** Bytes of one sensor's answer that are asked for. */
const MOST = 64 << 20;
/** Sensors that are asked at once. */
/** What headers of a file may add, bytes. */
const SLACK = 1 << 20;
const AT_ONCE = 4;
/** Sensors that one question is put to, at most. */
const SENSORS_MAX = 64;

export interface AskerOptions {
  transport: Transport;
  /** The desk's own, with which it signs; undefined: it asks nobody. */
  key: KeyObject | undefined;
  /** Public keys of the sensors that are believed. */
  sensors: ReadonlyMap<string, KeyObject>;
  /** Whether a sensor says that it hands out packets; undefined where it was not heard. */
  isAllowed(sensor: string): boolean | undefined;
  /** How long a sensor may say nothing, ms (for tests). */
  waitMs?: number | undefined;
}

/** What came of it. */
export interface Fetched {
  packets: number;
  bytes: number;
  /** Names of the sensors whose packets are in it. */
  sensors: string[];
  /** What is missing, and why, in words. */
  notes: string[];
}

interface Answer {
  sensor: string;
  path: string;
  end: AnswerEnd;
}

export class PacketAsker {
  private readonly options: AskerOptions;

  constructor(options: AskerOptions) {
    this.options = options;
  }

  /** Who is asked for an incident: the sensors that saw it; all, where it says of none. @throws SondeError where the desk has no key */
  asked(saw: readonly string[]): string[] {
    const { key, sensors } = this.options;
    if (!key) throw noKey();
    const known = saw.length === 0 ? [...sensors.keys()] : [...saw];
    return known.slice(0, SENSORS_MAX);
  }

  /**
   * Fetches packets from these sensors into one pcapng file.
   *
   * @throws SondeError where none of them hands out any
   */
  async fetch(from: readonly string[], wanted: Wanted, file: { out: string; comment: string }, signal: Stopping) {
    const answers: Answer[] = [];
    const failures: SondeError[] = [];
    const waiting = from.map((sensor, i) => ({ sensor, path: `${file.out}.${i}` }));
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { sensor, path } = next;
        try {
          answers.push({ sensor, path, end: await this.one(sensor, wanted, path, signal) });
        } catch (error) {
          if (!(error instanceof SondeError)) throw error;
          failures.push(error);
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      if (signal.aborted) throw cancelled();
      if (answers.length === 0) throw none(from, failures);
      answers.sort((a, b) => from.indexOf(a.sensor) - from.indexOf(b.sensor));
      return await joined(answers, failures, file, signal);
    } finally {
      for (let i = 0; i < from.length; i++) rmSync(`${file.out}.${i}`, { force: true });
    }
  }

  private async one(sensor: string, wanted: Wanted, path: string, signal: Stopping): Promise<AnswerEnd> {
    const { transport, key, sensors, isAllowed } = this.options;
    const own = sensors.get(sensor);
    if (!key) throw noKey();
    if (!own) {
      const cure = 'Put it into the list of sensors (--fleet-sensors), and start the desk again.';
      throw new SondeError('not-found', `sensor ${sensor} is not in this desk’s list`, sensor, cure);
    }
    if (isAllowed(sensor) === false) {
      const cure = 'Start it with --allow-packets FILE, a list of desks in which this one stands.';
      throw new SondeError('not-allowed', `sensor ${sensor} does not allow it`, sensor, cure);
    }
    const nonce = randomBytes(16).toString('hex');
    const bounds = { at: Date.now(), nonce, packets: PACKETS_MAX, bytes: MOST };
    const request = sealAsk({ sensor, ...wanted, ...bounds }, key);
    const reader = new AnswerReader(request, own, MOST);
    try {
      const chunks = transport.ask(names.packets(sensor), request, this.options.waitMs ?? WAIT_MS);
      return await taken(chunks, reader, path, signal, sensor);
    } catch (error) {
      throw ours(error, sensor);
    }
  }
}

/** Writes what comes. */
async function taken(
  chunks: AsyncIterable<Uint8Array>,
  reader: AnswerReader,
  path: string,
  signal: Stopping,
  sensor: string,
): Promise<AnswerEnd> {
  const until = performance.now() + WHOLE_MS;
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of chunks) {
      if (signal.aborted) throw cancelled();
      const part = reader.read(chunk);
      if (part.kind === 'end') return part.end;
      if (part.kind === 'refused') {
        const cure = 'Look at that sensor, and at docs/fleet.md, “Packets on request”.';
        throw new SondeError('not-allowed', `sensor ${sensor} ${WHY[part.why]}`, sensor, cure);
      }
      if (part.kind === 'piece') await file.writeFile(part.bytes);
      if (performance.now() > until) throw new WireError('truncated', 'it did not come to an end');
    }
    throw new WireError('truncated', 'it ends before its end');
  } finally {
    await file.close();
  }
}

/** Read once more and written anew: what sensors send is not handed on as it is. */
async function joined(
  answers: readonly Answer[],
  failures: readonly SondeError[],
  { out, comment }: { out: string; comment: string },
  signal: Stopping,
): Promise<Fetched> {
  const notes = failures.map(({ message, cure }) => `${message}. ${cure}`);
  const some = answers.filter(({ end }) => end.packets > 0);
  const sum = some.reduce((all, { end }) => all + end.packets, 0);
  for (const { sensor, end } of answers) {
    if (end.packets === 0) notes.push(`Sensor ${sensor} has no packets of it, or no longer.`);
    else if (end.more) notes.push(`Sensor ${sensor} has more than it hands out at once.`);
  }
  if (some.length === 0) {
    const cure = 'They keep packets for a while only.';
    const what = `no sensor has packets of it${failures.length > 0 ? `; ${failures.map((f) => f.message).join('; ')}` : ''}`;
    throw new SondeError('not-found', what, answers[0]!.sensor, cure);
  }
  // What was sent is written anew: it does not become much more by that, unless it was packed.
  const sent = some.reduce((all, { path }) => all + statSync(path).size, 0);
  const bounds = { packets: Math.min(sum, PACKETS_MAX * some.length), bytes: 2 * sent + SLACK };
  const { packets, bytes } = await cutInThread(
    { paths: some.map(({ path }) => path), wanted: null, comment, out, ...bounds },
    signal,
  );
  if (packets < sum) notes.push(`${sum - packets} of ${sum} packets could not be read as they came.`);
  return { packets, bytes, sensors: some.map(({ sensor }) => sensor), notes };
}
