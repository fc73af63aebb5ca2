/** What a rule says of itself: its name, how grave it is, what it is about. */
import {
  techniqueName,
  type IncidentKind,
  type Severity,
  type Technique,
} from '../../../../src-shared/domain/incident.ts';
import { RuleFault } from '../rules/fault.ts';
import type { YamlMap } from './yaml.ts';

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

export interface Head {
  file: string;
  /** What tells it apart from others of its files: its text. */
  text: string;
  /** Of its first line, from 1. */
  line: number;
  /** '' where it has none. */
  id: string;
  name: string;
  title: string;
  description: string;
  level: Level;
  severity: Severity;
  kind: IncidentKind;
  technique: readonly Technique[];
  falsePositives: readonly string[];
  references: readonly string[];
  /** Fields that the rule asks to be shown. */
  shown: readonly string[];
}

/** Where a rule stands, from 1, and its text. */
export type Place = Pick<Head, 'file' | 'line' | 'text'>;

const TITLE_MAX = 256;
const TEXT_MAX = 2000;
const LIST_MAX = 32;

const SEVERITIES: Readonly<Record<Level, Severity>> = {
  informational: 'info',
  low: 'info',
  medium: 'warning',
  high: 'critical',
  critical: 'critical',
};

/** What a technique or tactic makes an event, the most telling first. */
const MEANINGS: readonly (readonly [tag: RegExp, kind: IncidentKind])[] = [
  [/^attack\.t1110(?:\.|$)/, 'brute-force'],
  [/^attack\.(?:t1046|t1018)(?:\.|$)/, 'fingerprinting'],
  [/^attack\.(?:command[-_]and[-_]control|ta0011)$/, 'command-and-control'],
  [/^attack\.(?:exfiltration|ta0010)$/, 'data-exfiltration'],
  [/^attack\.(?:lateral[-_]movement|ta0008)$/, 'lateral-movement'],
  [/^attack\.(?:discovery|reconnaissance|ta0007|ta0043)$/, 'fingerprinting'],
];

function text(map: YamlMap, key: string, most: number): string {
  const value = map.get(key);
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' && typeof value !== 'number') throw new RuleFault(key, 'it is no text');
  return String(value).replace(/\s+/g, ' ').trim().slice(0, most);
}

/** One text, or a list of them. */
function texts(map: YamlMap, key: string): string[] {
  const value = map.get(key);
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list
    .filter((one) => typeof one === 'string' || typeof one === 'number')
    .slice(0, LIST_MAX)
    .map((one) => String(one).replace(/\s+/g, ' ').trim().slice(0, TEXT_MAX))
    .filter((one) => one !== '');
}

function levelOf(map: YamlMap): Level {
  const said = text(map, 'level', TITLE_MAX).toLowerCase();
  if (said === '') return 'medium';
  const level = LEVELS.find((one) => one === said);
  if (level) return level;
  throw new RuleFault('level', `“${said.slice(0, 40)}” is none of ${LEVELS.join(', ')}`);
}

function techniquesOf(tags: readonly string[]): Technique[] {
  const ids = tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1]?.toUpperCase() ?? []);
  return [...new Set(ids)].map((id) => ({ id, name: techniqueName(id) }));
}

function kindOf(tags: readonly string[], level: Level): IncidentKind {
  for (const [tag, kind] of MEANINGS) if (tags.some((one) => tag.test(one))) return kind;
  return level === 'informational' || level === 'low' ? 'policy-violation' : 'intrusion-attempt';
}

/** What a rule is called in messages, as far as it can be read; '' where nothing can. */
export function nameIn(map: YamlMap): string {
  for (const key of ['title', 'id', 'name']) {
    const value = map.get(key);
    if (typeof value === 'string' && value.trim() !== '') return value.replace(/\s+/g, ' ').trim().slice(0, TITLE_MAX);
  }
  return '';
}

/** @throws RuleFault */
export function headOf(map: YamlMap, { file, line, text: source }: Place): Head {
  const title = text(map, 'title', TITLE_MAX);
  if (title === '') throw new RuleFault('title', 'a rule needs one');
  const tags = texts(map, 'tags').map((tag) => tag.toLowerCase());
  const level = levelOf(map);
  return {
    file,
    line,
    text: source,
    id: text(map, 'id', TITLE_MAX),
    name: text(map, 'name', TITLE_MAX),
    title,
    description: text(map, 'description', TEXT_MAX),
    level,
    severity: SEVERITIES[level],
    kind: kindOf(tags, level),
    technique: techniquesOf(tags),
    falsePositives: texts(map, 'falsepositives').filter((one) => !/^(?:unknown|none|unlikely)\.?$/i.test(one)),
    references: texts(map, 'references'),
    shown: texts(map, 'fields'),
  };
}
