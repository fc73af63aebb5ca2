/** A line that was asked for to try an export out: it says so in the fields by which other systems list and count. */
export const TEST_TITLE = 'Sonde: test of this export';
export const TEST_CATEGORY = 'test';
/** In EVE, below the numbers of all kinds of incidents. */
const TEST_SIGNATURE = 999;

type Json = Record<string, unknown>;

const within = (line: Json, name: string, change: Json): Json => ({
  ...line,
  [name]: { ...(line[name] as Json | undefined), ...change },
});

/** By the id of the format. Sonde's own has a field of its own, as its kinds are a closed list. */
const MARKS: ReadonlyMap<string, (line: Json) => Json> = new Map([
  ['ndjson', (line: Json): Json => ({ ...line, test: true, category: TEST_CATEGORY })],
  [
    'eve',
    (line: Json): Json =>
      within(line, 'alert', { signature_id: TEST_SIGNATURE, signature: TEST_TITLE, category: TEST_CATEGORY }),
  ],
  [
    'ecs',
    (line: Json): Json => {
      const rule = { category: TEST_CATEGORY, id: TEST_CATEGORY, name: TEST_TITLE };
      return within(within(line, 'event', { action: TEST_CATEGORY }), 'rule', rule);
    },
  ],
  [
    'ocsf',
    (line: Json): Json => ({
      ...within(line, 'finding_info', { title: TEST_TITLE, types: [TEST_CATEGORY] }),
      message: TEST_TITLE,
    }),
  ],
]);

/** `line`: of an incident in the format of this id, with its end. */
export function asTest(format: string, line: string): string {
  const mark = MARKS.get(format);
  return mark ? `${JSON.stringify(mark(JSON.parse(line) as Json))}\n` : line;
}
