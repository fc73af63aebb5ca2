/**
 * A process that raises incidents and delivers alerts until it is killed: `writer.ts DATABASE PORT HOW_MANY SEED`. Two
 * channels post to the server at that port of this machine. It prints the number of incidents that are in the queue; whoever
 * starts it again after a kill has it raise those that are not, and perhaps some that are, again.
 */
import { request } from 'node:http';
import { AlertService } from '../../../src-main/keep/alerts/service.ts';
import { DeliveryError, type Alert, type Answer, type SendContext } from '../../../src-main/keep/alerts/types.ts';
import type { Sender } from '../../../src-main/keep/alerts/attempt.ts';
import { DEFAULT_ALERT_POLICY } from '../../../src-shared/contract/topics/alerts.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { fake, incident, seeded } from '../../unit/alerts/made.ts';

const [path = '', port = '', many = '', seed = '', from = '0'] = process.argv.slice(2);

/** A plain request: what guards and shapes requests is tested with the channels. */
function post(channel: string, { key, title }: Alert, { signal }: SendContext): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new DeliveryError(error.message, true));
    const asked = request({ port, path: `/${channel}`, method: 'POST', signal, headers: { 'idempotency-key': key } });
    asked.on('error', failed);
    asked.on('response', (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) resolve({ words: '200' });
        else failed(new Error(String(answer.statusCode)));
      });
    });
    asked.end(title);
  });
}

const store = await openStore(path, workerUrl('keep/store/store.worker'));
const service = new AlertService({
  store,
  now: Date.now,
  random: seeded(Number(seed)),
  onTrouble: () => undefined,
  backOff: { baseMs: 1, capMs: 4, mostAttempts: 1000 },
  attemptMs: 1000,
});
const channels = ['left', 'right'].map((id): Sender => {
  const kind = fake((alert, _, context) => post(id, alert, context));
  return { id, name: id, version: '', kind, settings: () => Promise.resolve({}), secretsOf: () => [] };
});
service.configure({ channels, routes: [], policy: { ...DEFAULT_ALERT_POLICY, hourlyCeiling: 10_000 } });
for (let n = Number(from); n < Number(many); n++) {
  const uid = n.toString(16).padStart(32, '0');
  const what = incident({ uid, title: `incident ${n}`, severity: n % 2 === 0 ? 'critical' : 'warning' });
  await service.incident({ incident: what, state: 'open', withdrawn: false, scope: 'the same capture' });
  process.stdout.write(`${n}\n`);
}
await service.drain(600_000);
await service.close();
await store.close();
