/** Prometheus' text format, version 0.0.4: families of samples to text. */

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Histogram {
  readonly labels?: Readonly<Record<string, string>>;
  /** Upper bounds, ascending, without infinity; `counts` has one entry more, for what lies above the last. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
  | { readonly type: 'histogram'; readonly histograms: readonly Histogram[] }
);

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A label's value: backslash, quotation mark and line end are escaped. */
const labelValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const helpText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** As Go reads numbers. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
}

function histogramLines(name: string, { labels = {}, bounds, counts, sum }: Histogram): string {
  let below = 0;
  const buckets = [...bounds, Infinity].map((bound, i) => {
    below += counts[i] ?? 0;
    return line(`${name}_bucket`, { ...labels, le: numberText(bound) }, below);
  });
  return buckets.join('') + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, below);
}

function familyText(family: Family): string {
  const head = `# HELP ${family.name} ${helpText(family.help)}\n# TYPE ${family.name} ${family.type}\n`;
  const body =
    family.type === 'histogram'
      ? family.histograms.map((each) => histogramLines(family.name, each))
      : family.samples.map(({ labels = {}, value }) => line(family.name, labels, value));
  return head + body.join('');
}

/** Families without a sample are left out. */
export function exposition(families: readonly Family[]): string {
  const there = families.filter((family) =>
    family.type === 'histogram' ? family.histograms.length > 0 : family.samples.length > 0,
  );
  return there.map(familyText).join('');
}
