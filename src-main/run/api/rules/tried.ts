/** Looks through captures by rules that are being tried. */
import { TRIED_HITS, type Tried } from '../../../../src-shared/contract/topics/rules.ts';
import { RuleEngine } from '../../../detect/signatures/engine/engine.ts';
import type { Scene } from '../../../detect/signatures/flow/scene.ts';
import { ruleTexts } from '../../../detect/signatures/rules/lines.ts';
import { addRule, emptyRuleSet, orderRules, type RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { Rule } from '../../../detect/signatures/rules/rule.ts';
import { formatAddress } from '../../../meter/hosts.ts';
import { openSource } from '../../pipeline/source.ts';

/** Where the word that a rule is refused for stands in its line, from 1; 0: nowhere. */
export function columnOf(line: string, keyword: string): number {
  const escaped = keyword.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const option = new RegExp(`[;(]\\s*(?=${escaped}\\s*[:;])`).exec(line);
  if (option) return option.index + option[0].length + 1;
  return keyword === '' ? 0 : line.indexOf(keyword) + 1;
}

/** Keys of Sigma rules at the beginning of a line: a rule in Suricata's language has none. */
export function isSigmaText(text: string): boolean {
  return /^(?:title|logsource|detection|correlation)\s*:/m.test(text);
}

function parsed(text: string): { set: RuleSet; refused: Tried['refused'] } {
  const set = emptyRuleSet();
  const lines = text.split('\n');
  for (const { text: rule, line } of ruleTexts(text)) addRule(rule, { file: '', line }, set);
  orderRules(set);
  const refused = set.refused.map(({ line, keyword, reason }) => {
    return { line, column: columnOf(lines[line - 1] ?? '', keyword), keyword, reason };
  });
  return { set, refused };
}

function hitOf({ sid, message }: Rule, scene: Scene): Tried['hits'][number] {
  return {
    sid,
    message,
    ts: scene.now,
    source: formatAddress(scene.src, scene.srcAt),
    sourcePort: scene.srcPort,
    target: formatAddress(scene.dst, scene.dstAt),
    targetPort: scene.dstPort,
    flow: scene.flow?.id ?? null,
  };
}

/** `isOver`: asked after every batch of packets. @throws InputError where the captures cannot be read */
export async function tryRules(paths: readonly string[], text: string, isOver: () => boolean): Promise<Tried> {
  const { set, refused } = parsed(text);
  const tried: Tried = {
    loaded: set.rules.length,
    refused,
    hits: [],
    hitsTotal: 0,
    cut: 0,
    packets: 0,
    complete: true,
  };
  if (set.rules.length === 0) return tried;
  const source = await openSource(paths, 1);
  try {
    const { meter } = source;
    const onAlert = (rule: Rule, scene: Scene): void => {
      tried.hitsTotal++;
      if (tried.hits.length < TRIED_HITS) tried.hits.push(hitOf(rule, scene));
    };
    const engine = new RuleEngine({ set, hosts: meter.hosts, onAlert });
    meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
    for (let seen = await source.next(); seen; seen = await source.next()) {
      tried.packets += seen.packets;
      engine.observe(seen.observations);
      tried.complete = !isOver();
      if (!tried.complete) break;
    }
    engine.observe(source.finish());
    engine.finish();
    tried.cut = engine.report().rules.cut ?? 0;
  } finally {
    await source.close();
  }
  return tried;
}
