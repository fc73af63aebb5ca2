/** Reports of `sonde evaluate` as tables of docs/evaluation.md. */

/**
 * @typedef {object} Result
 * @property {string} detector
 * @property {string} regime
 * @property {number} seed
 * @property {number} rocAuc
 * @property {number} prAuc
 * @property {Record<string, number>} recallAtFpr
 * @property {{ fpr: number, recall: number, precision: number, f1: number, accuracy: number, targetFpr: number, tn: number, fp: number, fn: number, tp: number }} threshold
 * @property {{ kind: string, support: number, recall: number, interval: [number, number] }[]} perKind
 * @property {number} fitMs
 * @property {number} scoreMs
 * @property {string} chosen
 * @property {number} validation
 */

/**
 * @typedef {object} SetReport
 * @property {number} rows
 * @property {number} normal
 * @property {number} attack
 * @property {number} skipped
 */

/**
 * @typedef {object} Report
 * @property {{ train: SetReport, test: SetReport, duplicatesAcross: number, features: number }} data
 * @property {{ code: string, message: string }[]} warnings
 * @property {Result[]} results
 * @property {string} selected
 */

/** The one that unsupervised detectors must beat. */
const BASELINE = 'mean-z2';
/** Kinds told one by one, the most frequent. */
const MOST_KINDS = 12;

/** @param {number} value */
const count = (value) => value.toLocaleString('en-US');

/** @param {readonly number[]} values */
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Mean, and half of the range over the seeds where that shows.
 * @param {readonly number[]} values
 */
export function spread(values) {
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  const text = mean(values).toFixed(3);
  return half < 0.0005 ? text : `${text} ± ${half.toFixed(3)}`;
}

/** @param {Report} report */
function byDetector({ results }) {
  /** @type {Map<string, Result[]>} */
  const found = new Map();
  for (const result of results) found.set(result.detector, [...(found.get(result.detector) ?? []), result]);
  return found;
}

/**
 * @param {string} id
 * @param {Result[]} results
 * @param {boolean} selected
 */
function row(id, results, selected) {
  /** @param {(result: Result) => number} pick */
  const of = (pick) => spread(results.map(pick));
  const seconds = (mean(results.map(({ fitMs, scoreMs }) => fitMs + scoreMs)) / 1000).toFixed(1);
  const cells = [
    `${results[0]?.regime}`,
    selected ? `**${id}** (selected)` : id,
    of((r) => r.rocAuc),
    of((r) => r.prAuc),
    of((r) => r.recallAtFpr['0.001'] ?? 0),
    of((r) => r.recallAtFpr['0.01'] ?? 0),
    of((r) => r.recallAtFpr['0.05'] ?? 0),
    of((r) => r.threshold.fpr),
    of((r) => r.threshold.recall),
    of((r) => r.threshold.f1),
    seconds,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {Report[]} reports */
function comparison(reports) {
  const heads = ['regime', 'detector', 'ROC-AUC', 'PR-AUC', 'recall at 0.1 % FPR', 'at 1 %', 'at 5 %'];
  const judged = ['FPR got for 5 %', 'recall there', 'F1 there', 'seconds'];
  return [
    `| ${[...heads, ...judged].join(' | ')} |`,
    `|${'---|'.repeat(heads.length + judged.length)}`,
    ...reports.flatMap((report) =>
      [...byDetector(report)].map(([id, results]) => row(id, results, id === report.selected)),
    ),
  ];
}

/** @param {Report} report */
function beaten(report) {
  const found = byDetector(report);
  const baseline = found.get(BASELINE);
  if (!baseline) return [];
  const limit = mean(baseline.map(({ rocAuc }) => rocAuc));
  const worse = [...found].filter(([id, r]) => id !== BASELINE && mean(r.map(({ rocAuc }) => rocAuc)) <= limit);
  if (worse.length === 0) return ['Every other detector that saw no labels beats mean z² by ROC-AUC here.'];
  return [`Do not beat mean z² by ROC-AUC here: ${worse.map(([id]) => id).join(', ')}.`];
}

/**
 * The ensemble beside the best of its members, which it names in what it chose.
 * @param {Report} report
 */
function againstMembers(report) {
  const found = byDetector(report);
  const ensemble = found.get('ensemble');
  if (!ensemble) return [];
  /** @param {Result[]} results */
  const recall = (results) => mean(results.map(({ recallAtFpr }) => recallAtFpr['0.01'] ?? 0));
  const members = [...found].filter(([id]) => ensemble[0]?.chosen.includes(`${id} `));
  const [first] = members.sort(([, a], [, b]) => recall(b) - recall(a));
  if (!first) return [];
  const [id, results] = first;
  const verdict = recall(ensemble) > recall(results) ? 'it beats all of them there' : 'it does not beat it';
  return [
    `At 1 % FPR the ensemble finds ${recall(ensemble).toFixed(3)}, its best member (${id}) ${recall(results).toFixed(3)}: ${verdict}.`,
  ];
}

/**
 * Confusion matrix and kinds of one detector, first seed.
 * @param {string} id
 * @param {Report} report
 */
function details(id, report) {
  const result = report.results.find(({ detector }) => detector === id);
  if (!result) return [];
  const { tn, fp, fn, tp } = result.threshold;
  const kinds = result.perKind.slice(0, MOST_KINDS);
  const rest = result.perKind.slice(MOST_KINDS);
  const restSupport = rest.reduce((sum, { support }) => sum + support, 0);
  const restFound = rest.reduce((sum, { support, recall }) => sum + support * recall, 0);
  /** @param {number} share */
  const percent = (share) => `${(share * 100).toFixed(share > 0.995 || share < 0.005 ? 1 : 0)} %`;
  const told = kinds.map(({ kind, support, recall, interval: [low, high] }) => {
    const between = `${percent(low)} to ${percent(high)}`;
    return `| ${kind} | ${count(support)} | ${percent(recall)} | ${between} |`;
  });
  const others =
    rest.length === 0
      ? []
      : [`| ${rest.length} other kinds | ${count(restSupport)} | ${percent(restFound / restSupport)} | |`];
  return [
    `${id} (${result.regime}), seed ${result.seed}, at the threshold that validation data set for 5 %: ` +
      `${count(tp)} attacks found, ${count(fn)} missed, ${count(fp)} false alarms, ${count(tn)} ordinary records left alone. ` +
      (result.chosen === '' ? '' : `It chose: ${result.chosen}.`),
    '',
    '| kind | records | found | 95 % interval |',
    '|---|---|---|---|',
    ...told,
    ...others,
  ];
}

/**
 * Everything about one set.
 * @param {string} title
 * @param {Report[]} reports one a regime
 * @param {string} processor
 */
export function detectorTables(title, reports, processor) {
  const first = reports[0];
  if (!first) return '';
  const { train, test, duplicatesAcross } = first.data;
  const seeds = new Set(first.results.map(({ seed }) => seed));
  const normalOnly = reports.find(({ results }) => results[0]?.regime === 'normal-only');
  const warnings = new Map(reports.flatMap((report) => report.warnings.map(({ code, message }) => [code, message])));
  const rule = reports.flatMap(({ results }) => results).find(({ detector }) => detector === 'one-rule');
  return [
    `### ${title}`,
    '',
    `Learned from ${count(train.normal)} ordinary records${reports.length > 1 ? ` (other regimes: and ${count(train.attack)} attacks)` : ''}, ` +
      `judged by ${count(test.normal)} ordinary ones and ${count(test.attack)} attacks; ` +
      `${count(duplicatesAcross)} test records also stand in the training data. ` +
      `${seeds.size === 1 ? 'One seed' : `${seeds.size} seeds`}: mean ± half of the range. Seconds: learning and scoring by the clock, ${processor}.`,
    '',
    ...comparison(reports),
    '',
    ...(rule ? [`The one-line rule is ${rule.chosen}.`] : []),
    ...(normalOnly ? [...beaten(normalOnly), ...againstMembers(normalOnly)] : []),
    ...[...warnings.values()].map((message) => `Note: ${message}.`),
    '',
    ...(normalOnly ? details('ensemble', normalOnly) : []),
  ].join('\n');
}

/**
 * Puts `content` between the markers of `name`; the text around stays.
 * @param {string} text
 * @param {string} name
 * @param {string} content
 */
export function replaceBetween(text, name, content) {
  const [from, to] = [`<!-- evaluate:${name} -->`, `<!-- /evaluate:${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`the markers ${from} and ${to} are not there`);
  return `${text.slice(0, start + from.length)}\n\n${content.trim()}\n\n${text.slice(end)}`;
}
