/** STIX 2.1 (and 2.0) bundles: their indicators, with what they indicate. */
import { timeOf } from '../dates.ts';
import { UNSAID, type Details, type Intake, type Threat } from '../types.ts';
import { PatternError, readPattern } from './stix-pattern.ts';
import { isFields, listOf, textIn, type Fields, type JsonFormat } from './types.ts';

const COMMAND = /command[-_ ]and[-_ ]control|\bc2\b|\bbotnet\b|\bc&c\b/i;
const PAYLOAD = /\bdelivery\b|malware[-_ ]download|\bdropper\b/i;
const NAMED = new Set(['malware', 'tool', 'campaign', 'threat-actor', 'intrusion-set']);

/** Id of an indicator → name of what it indicates. */
function indicated(objects: readonly Fields[]): Map<string, string> {
  const names = new Map(
    objects.filter((one) => NAMED.has(textIn(one.type))).map((one) => [textIn(one.id), textIn(one.name)]),
  );
  const found = new Map<string, string>();
  for (const one of objects) {
    if (one.type !== 'relationship' || one.relationship_type !== 'indicates') continue;
    const name = names.get(textIn(one.target_ref));
    if (name !== undefined && name !== '') found.set(textIn(one.source_ref), name);
  }
  return found;
}

const textsOf = (value: unknown): string[] => listOf(value).map(textIn);

function threatOf(indicator: Fields): Threat {
  const phases = listOf(indicator.kill_chain_phases).map((phase) => (isFields(phase) ? textIn(phase.phase_name) : ''));
  const words = [
    ...textsOf(indicator.indicator_types),
    ...textsOf(indicator.labels),
    ...phases,
    textIn(indicator.name),
    textIn(indicator.description),
  ].join(' ');
  return COMMAND.test(words) ? 'command' : PAYLOAD.test(words) ? 'payload' : 'other';
}

function detailsOf(indicator: Fields, label: string): Details {
  const { confidence } = indicator;
  return {
    ...UNSAID,
    threat: threatOf(indicator),
    label,
    ...(typeof confidence === 'number' && confidence >= 0 && confidence <= 100 ? { confidence } : {}),
    added: timeOf(indicator.valid_from) || timeOf(indicator.created),
    starts: timeOf(indicator.valid_from),
    expires: timeOf(indicator.valid_until),
  };
}

function take(indicator: Fields, number: number, label: string, intake: Intake): void {
  const where = `object ${number} (${textIn(indicator.id).slice(0, 60) || 'without an id'})`;
  const language = textIn(indicator.pattern_type);
  if (language !== '' && language !== 'stix') {
    return intake.refuse(0, `patterns of ${language.slice(0, 40)} are not supported`, { where });
  }
  try {
    const values = readPattern(textIn(indicator.pattern));
    const details = detailsOf(indicator, label);
    for (const { observable, port } of values) intake.entry(observable, { ...details, port });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    intake.refuse(0, error.message, { where });
  }
}

export const stix: JsonFormat = {
  id: 'stix',
  recognises: (json) => isFields(json) && json.type === 'bundle',
  read: (json, intake) => {
    const all = listOf(isFields(json) ? json.objects : []);
    const objects = all.filter(isFields);
    const maker = objects.find((one) => one.type === 'identity' && textIn(one.name) !== '');
    if (maker) intake.head({ source: textIn(maker.name).slice(0, 60) });
    const names = indicated(objects);
    for (const [i, one] of all.entries()) {
      if (!isFields(one)) intake.refuse(0, 'no object', { where: `object ${i + 1}` });
      else if (one.type === 'indicator' && one.revoked !== true) {
        take(one, i + 1, names.get(textIn(one.id)) ?? textIn(one.name), intake);
      }
    }
  },
};
