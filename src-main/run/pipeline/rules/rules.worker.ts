/** Looks at packets by rules, on a thread of its own. */
import { toldOf } from '../../../detect/signatures/engine/alerts.ts';
import { RuleEngine } from '../../../detect/signatures/engine/engine.ts';
import { threadSide } from '../threads.ts';
import { ToldIds } from './batch-room.ts';
import { loadRules } from './load.ts';
import { AlertList, type RuleAnswer, type RuleStep, type RuleThreadData } from './rule-messages.ts';

const side = threadSide();
const alerts = new AlertList();
const table = new ToldIds();

async function load(): Promise<RuleEngine> {
  const { texts, rules } = side.data as RuleThreadData;
  const known = new Set(texts.filter(({ isKnown }) => isKnown).map(({ file }) => file));
  const set = await loadRules(texts, { isKnown: (file) => known.has(file) });
  // Alerts name rules by their place among them.
  if (set.rules.length !== rules) throw new Error(`a thread read ${set.rules.length} rules, and not ${rules}`);
  return new RuleEngine({ set, onAlert: ({ order }, scene) => alerts.add(order, toldOf(scene)) });
}

function take(engine: RuleEngine, step: RuleStep): void {
  const { room, ended, isLast } = step;
  if (room) {
    const { packets, segments } = table.batchOf({ ...step, room });
    engine.packets(packets, segments, table);
  }
  engine.observe({ flows: { count: ended.length, columns: { id: ended } } });
  if (isLast) engine.finish();
  const answer: RuleAnswer = { alerts: alerts.take(), cut: engine.cutLooks };
  side.send(answer, [answer.alerts.buffer]);
}

let working = load();

side.onMessage((message) => {
  working = working.then((engine) => {
    take(engine, message as RuleStep);
    return engine;
  });
});
