/** A line that says it is a test, written or sent as an incident would be. */
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { alertKey } from '../make.ts';
import { TEST_TITLE } from '../../exports/continuous/test-line.ts';
import { syslogMessages } from '../syslog-export/messages.ts';
import { SyslogSender } from '../syslog-export/sender.ts';
import { isSyslogTarget, syslogTarget } from '../syslog-export/target.ts';
import { fileOutletOf, wayOf } from './exports.ts';

/** A log server has so long, ms, and is looked at this often. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 25;
/** How long a refusal is waited for: of UDP it comes after the datagram was sent, ms. */
const REFUSAL_MS = 150;

/** An incident without actors. */
function sample(at: number): LiveIncident {
  const ts = formatTime(Math.floor(at / 1000), (at % 1000) * 1_000_000);
  const none = { sources: [], sourcesTotal: 0, targets: [], targetsTotal: 0, ports: [], portsTotal: 0 };
  return {
    event: 'incident',
    state: 'closed',
    latencyMs: null,
    id: 1,
    uid: alertKey('export test', String(at)),
    kind: 'behavioural-anomaly',
    severity: 'info',
    confidence: 0,
    title: TEST_TITLE,
    summary: 'Somebody tried out this export of Sonde. Nothing happened: no traffic stands behind it.',
    firstTs: ts,
    decidedTs: ts,
    lastTs: ts,
    ...none,
    domains: [],
    domainsTotal: 0,
    flows: 0,
    packets: 0,
    bytes: 0,
    technique: [],
    evidence: [],
    attributions: [],
    detectors: {},
    response: [],
    wiresharkFilter: '',
  };
}

export interface ExportTested {
  ok: boolean;
  words: string;
}

/** Of one that was checked; `sensor`: the name of this Sonde. Never throws. */
export async function testExport(asked: SiemExport, now: () => number, sensor = hostname()): Promise<ExportTested> {
  return isSyslogTarget(asked.target) ? sent(asked, now, sensor) : written(asked, now);
}

function written(asked: SiemExport, now: () => number): ExportTested {
  let failed: Error | null = null;
  // Nothing is put aside for a test.
  const rotation = { bytes: Number.MAX_SAFE_INTEGER, seconds: null, files: 2 };
  const outlet = fileOutletOf({ ...asked, rotation }, now, (error) => (failed = error));
  try {
    outlet.open();
    outlet.test(sample(now()));
    void outlet.close();
    if (failed) throw failed as Error;
    return { ok: true, words: `one line was appended to ${asked.target}` };
  } catch (error) {
    return { ok: false, words: `${asked.target}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function sent(asked: SiemExport, now: () => number, sensor: string): Promise<ExportTested> {
  let failed: Error | null = null;
  const target = { ...syslogTarget(asked.target), format: asked.format };
  const sender = new SyslogSender(target, (error) => (failed = error), wayOf(asked));
  sender.add(syslogMessages(target, now, sensor).test(sample(now())));
  const end = performance.now() + PATIENCE_MS;
  while (!failed && sender.sent === 0 && performance.now() < end) await setTimeout(LOOK_MS);
  if (!failed && sender.sent > 0) await setTimeout(REFUSAL_MS);
  const got = sender.sent > 0;
  await sender.close(0);
  if (failed) return { ok: false, words: (failed as Error).message };
  if (!got) return { ok: false, words: 'the log server does not answer' };
  return { ok: true, words: `one message was sent to ${target.host}:${target.port}; syslog is not answered` };
}
