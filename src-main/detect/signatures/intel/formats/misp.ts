/**
 * MISP's JSON (the core format, version 2): an event, a list of events, or attributes as a search gives them. Only
 * attributes that MISP marks as fit for detection (`to_ids`) are indicators.
 */
import { timeOf } from '../dates.ts';
import { UNSAID, type Details, type Intake, type Threat } from '../types.ts';
import { certificateHash, domainValue, readValue, urlValue, type Value } from '../values.ts';
import { isFields, listOf, textIn, type Fields, type JsonFormat } from './types.ts';

const COMMAND = /\b(?:c2|c&c|cnc|command[ -]and[ -]control|botnet)\b/i;
const PAYLOAD = /\b(?:payload delivery|malware download|dropper)\b/i;
/** Tags of the kind `misp-galaxy:malpedia="Emotet"`. */
const FAMILY = /^misp-galaxy:(?:malpedia|malware|mitre-malware|tool|botnet|banker|rat|ransomware|stealer)="([^"]+)"/;

const hash = (): Value => ({ observable: { kind: 'hash' }, port: 0 });
const at = (value: string): Value | string => readValue(value.replace(/\|(\d+)$/, ':$1'));

function addressPort(value: string): Value | string {
  const [address = '', port = ''] = value.split('|');
  return address.includes(':') ? readValue(`[${address}]:${port}`) : at(value);
}

/** Types that packets show, and what their values come to: a composite one is several entries. */
const TYPES: ReadonlyMap<string, (value: string) => (Value | string)[]> = new Map([
  ['ip-dst', (value) => [at(value)]],
  ['ip-src', (value) => [at(value)]],
  ['ip-dst|port', (value) => [addressPort(value)]],
  ['ip-src|port', (value) => [addressPort(value)]],
  ['domain', (value) => [domainValue(value, true)]],
  ['hostname', (value) => [domainValue(value, false)]],
  ['hostname|port', (value) => [domainValue(value.split('|')[0]!, false)]],
  ['domain|ip', (value) => [domainValue(value.split('|')[0]!, true), at(value.split('|')[1] ?? '')]],
  ['url', (value) => [value.includes('://') ? urlValue(value) : readValue(value)]],
  ['x509-fingerprint-sha1', (value) => [certificateHash(value) ?? 'no hash of a certificate']],
  ['x509-fingerprint-sha256', (value) => [certificateHash(value) ?? 'no hash of a certificate']],
  ['ja3-fingerprint-md5', (value) => [/^[0-9a-f]{32}$/i.test(value) ? readValue(value) : 'no JA3']],
]);
const HASHES = /^(?:filename\|)?(?:md5|sha1|sha224|sha256|sha384|sha512)$|^x509-fingerprint-md5$/;

const isTrue = (value: unknown): boolean => value === true || value === 1 || value === '1';

/** What is said of a whole event. */
interface About {
  label: string;
  words: string;
  added: number;
}

const tagsOf = (fields: Fields): string[] =>
  listOf(fields.Tag)
    .filter(isFields)
    .map((tag) => textIn(tag.name));

function aboutOf(event: Fields): About {
  const tags = tagsOf(event);
  const label = tags.map((tag) => FAMILY.exec(tag)?.[1]).find((name) => name !== undefined) ?? textIn(event.info);
  return { label, words: [textIn(event.info), ...tags].join(' '), added: timeOf(event.date) };
}

function threatOf(words: string): Threat {
  return COMMAND.test(words) ? 'command' : PAYLOAD.test(words) ? 'payload' : 'other';
}

function detailsOf(attribute: Fields, about: About): Details {
  const tags = tagsOf(attribute);
  const label = tags.map((tag) => FAMILY.exec(tag)?.[1]).find((name) => name !== undefined);
  const own = [textIn(attribute.comment), textIn(attribute.category), ...tags].join(' ');
  const threat = threatOf(own);
  return {
    ...UNSAID,
    threat: threat === 'other' ? threatOf(about.words) : threat,
    label: label ?? about.label,
    added: timeOf(attribute.first_seen) || timeOf(attribute.timestamp) || about.added,
  };
}

/** Reads one document; entries without a line are named by their place. */
class MispReader {
  private readonly intake: Intake;
  private count = 0;
  /** Types that packets do not show, with how many there were. */
  private readonly others = new Map<string, number>();

  constructor(intake: Intake) {
    this.intake = intake;
  }

  event(event: Fields): void {
    const about = aboutOf(event);
    this.attributes(event.Attribute, about);
    for (const object of listOf(event.Object)) {
      if (isFields(object) && !isTrue(object.deleted)) this.attributes(object.Attribute, about);
    }
  }

  attributes(list: unknown, about: About): void {
    for (const one of listOf(list)) {
      this.count++;
      if (!isFields(one)) this.intake.refuse(0, 'no object', { where: `attribute ${this.count}` });
      else if (isTrue(one.to_ids) && !isTrue(one.deleted)) this.attribute(one, about);
    }
  }

  finish(): void {
    for (const [type, count] of this.others) {
      this.intake.refuse(0, `attributes of type ${type.slice(0, 40)} are nothing that packets show (${count})`, {
        count,
      });
    }
  }

  private attribute(attribute: Fields, about: About): void {
    const type = textIn(attribute.type);
    const own = isFields(attribute.Event) ? aboutOf(attribute.Event) : about;
    const read = TYPES.get(type) ?? (HASHES.test(type) ? () => [hash()] : undefined);
    if (!read) {
      if (this.others.size < 1000) this.others.set(type, (this.others.get(type) ?? 0) + 1);
      else this.intake.refuse(0, 'attributes of that type are nothing that packets show');
      return;
    }
    for (const value of read(textIn(attribute.value).trim())) {
      if (typeof value === 'string') this.intake.refuse(0, value, { where: `attribute ${this.count} (${type})` });
      else this.intake.entry(value.observable, { ...detailsOf(attribute, own), port: value.port });
    }
  }
}

const NOTHING: About = { label: '', words: '', added: 0 };
const isAttribute = (value: unknown): boolean =>
  isFields(value) && 'type' in value && 'value' in value && !('id' in value && 'spec_version' in value);

/** Events and lists of attributes, whatever they are wrapped in. */
function partsOf(json: unknown): { events: Fields[]; attributes: unknown } | undefined {
  if (Array.isArray(json)) {
    const events = json
      .filter(isFields)
      .flatMap((one) => (isFields(one.Event) && !isAttribute(one) ? [one.Event] : []));
    if (events.length > 0) return { events, attributes: [] };
    return json.some(isAttribute) ? { events: [], attributes: json } : undefined;
  }
  if (!isFields(json)) return undefined;
  if (isFields(json.Event)) return { events: [json.Event], attributes: [] };
  if (Array.isArray(json.Attribute))
    return { events: 'info' in json ? [json] : [], attributes: 'info' in json ? [] : json.Attribute };
  return json.response === undefined ? undefined : partsOf(json.response);
}

function sourceOf(events: readonly Fields[]): string {
  const [first] = events;
  const maker = isFields(first?.Orgc) ? textIn(first.Orgc.name) : '';
  return maker === '' ? 'MISP' : `MISP (${maker.slice(0, 60)})`;
}

export const misp: JsonFormat = {
  id: 'misp',
  recognises: (json) => {
    try {
      return partsOf(json) !== undefined;
    } catch {
      // Wrapped a thousand times in itself.
      return false;
    }
  },
  read: (json, intake) => {
    const { events, attributes } = partsOf(json) ?? { events: [], attributes: [] };
    intake.head({ source: sourceOf(events) });
    const reader = new MispReader(intake);
    for (const event of events) reader.event(event);
    reader.attributes(attributes, NOTHING);
    reader.finish();
  },
};
