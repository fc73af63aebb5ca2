/** What a worker tells people. */
import type { WorkerEvent } from '../fleet/worker/events.ts';
import { formatCount, printable } from './words.ts';

/** `print`: what was found; `say`: what happens to the worker. */
export function workerWords(print: (line: string) => void, say: (line: string) => void): (event: WorkerEvent) => void {
  return (event) => {
    switch (event.event) {
      case 'started':
        say(`Worker ${event.worker} of group ${event.group}; sensors: ${event.sensors.join(', ')}.`);
        break;
      case 'role':
        say(roleWords(event));
        break;
      case 'model':
        say(`Scores by model ${event.name} from now on.`);
        break;
      case 'incident':
        if (event.state !== 'update') print(incidentWords(event));
        break;
      case 'complete': {
        const flows = formatCount(event.flows);
        print(`All sensors have ended: ${formatCount(event.incidents)} incidents in ${flows} flows.`);
        break;
      }
      case 'notice':
      case 'error':
        say(printable(event.message));
        break;
      case 'ended':
        break;
    }
  };
}

function roleWords({ state, resumed, ms }: WorkerEvent & { event: 'role' }): string {
  if (state === 'lost') return 'Another worker has the site now; this one stands by.';
  if (state === 'given-back') return 'The site is given back: another worker may go on.';
  return resumed ? `Goes on where the worker before was (after ${ms} ms).` : 'Works for the site from its beginning.';
}

function incidentWords(event: WorkerEvent & { event: 'incident' }): string {
  const { state, withdrawn, severity, title, sensors, decidedTs } = event;
  const what = withdrawn ? 'withdrawn' : state;
  const seen = sensors.length > 0 ? ` (${sensors.join(', ')})` : '';
  return `${decidedTs.slice(0, 19)}Z ${what} ${severity}: ${printable(title)}${seen}`;
}
