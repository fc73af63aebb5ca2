/** The figures of one set. */
import type { DetectorResult, Regime } from '../../../src-main/detect/lab/report.ts';
import { scoreAxis, scoreBars } from '../../../src-renderer/features/lab/score-axis.ts';
import { atFpr, intervalOf, meanOf, selectedOf, shownOf, type Judged, type Method } from './analysis.ts';
import {
  axes,
  band,
  bar,
  dot,
  label,
  legend,
  line,
  linear,
  logarithmic,
  SHARES,
  svg,
  whisker,
  type Box,
  type Picture,
  type Point,
  type Scale,
} from './plot.ts';
import { percent, REGIME_TITLES, seconds } from './words.ts';

export interface Figure {
  /** File name without ending. */
  name: string;
  alt: string;
  svg: string;
}

const GRID = 160;
const LEAST_FPR = 0.001;
const FPR_TICKS = [0.001, 0.01, 0.1, 1].map((value) => ({ value, text: percent(value) }));

const figure = (name: string, picture: Picture): Figure => ({ name, alt: picture.alt, svg: svg(picture) });

/** Value of the last point at or before `x`; points rise in x. */
function stepAt(x: readonly number[], y: readonly number[], wanted: number): number {
  let found = y[0] ?? 0;
  for (let i = 0; i < x.length && x[i]! <= wanted; i++) found = y[i]!;
  return found;
}

/** Precision where so much is found: of the first point that finds as much. */
function precisionAt({ details }: DetectorResult, recall: number): number {
  const { pr } = details!;
  const at = pr.recall.findIndex((value) => value >= recall);
  return pr.precision[at < 0 ? pr.precision.length - 1 : at]!;
}

function recallAt({ details }: DetectorResult, fpr: number): number {
  return stepAt(details!.roc.fpr, details!.roc.recall, fpr);
}

/** Mean of the seeds as a line, the range of the seeds as a band. */
function curve(
  method: Method,
  which: number,
  xs: readonly number[],
  value: (result: DetectorResult, x: number) => number,
  across: Scale,
  up: Scale,
): string[] {
  const at = xs.map((x) => method.results.map((result) => value(result, x)));
  const points = (pick: (values: number[]) => number): Point[] =>
    xs.map((x, i) => [across.place(x), up.place(pick(at[i]!))]);
  const middle = points((values) => values.reduce((a, b) => a + b, 0) / values.length);
  const edges =
    method.results.length > 1
      ? [
          band(
            points((values) => Math.min(...values)),
            points((values) => Math.max(...values)),
            which,
          ),
        ]
      : [];
  return [...edges, line(middle, which)];
}

const BOX = { y: 58, width: 320, height: 250 };

function curves(judged: Judged, regime: Regime): Figure {
  const methods = shownOf(judged, regime);
  const [left, right] = [60, 456].map((x): Box => ({ x, ...BOX })) as [Box, Box];
  const upOf = (box: Box): Scale => linear(0, 1, box.y + box.height, box.y, SHARES);
  const fpr = logarithmic(LEAST_FPR, 1, left.x, left.x + left.width, FPR_TICKS);
  const recall = linear(0, 1, right.x, right.x + right.width, SHARES);
  const fprs = Array.from({ length: GRID }, (_, i) => LEAST_FPR ** (1 - i / (GRID - 1)));
  const recalls = Array.from({ length: GRID }, (_, i) => (i + 1) / GRID);
  const told = methods.map((method) => {
    const at = percent(meanOf(method, (result) => recallAt(result, 0.01)));
    return `${method.name} finds ${at} of the attacks at 1 % false positives (ROC-AUC ${meanOf(method, ({ rocAuc }) => rocAuc).toFixed(3)})`;
  });
  return figure(`${judged.set.id}-${regime}-curves`, {
    title: `${judged.set.title}: ROC and precision, ${REGIME_TITLES[regime]}`,
    alt: `ROC curves (false positives on a logarithmic axis) and precision-recall curves, ${REGIME_TITLES[regime]}: ${told.join('; ')}.`,
    width: 800,
    height: 366 + methods.length * 18,
    parts: [
      ...axes(left, fpr, upOf(left), { across: 'false-positive rate', up: 'recall (ROC)' }),
      ...axes(right, recall, upOf(right), { across: 'recall', up: 'precision' }),
      ...methods.flatMap((method, i) => [
        ...curve(method, i, fprs, recallAt, fpr, upOf(left)),
        ...curve(method, i, recalls, precisionAt, recall, upOf(right)),
      ]),
      ...legend(
        60,
        374,
        methods.map(({ name, isSelected }) => (isSelected ? `${name} (chosen by validation data)` : name)),
      ),
    ],
  });
}

const ROW = 22;
const NAMES_WIDTH = 190;

/** Rows with a name each and dots with whiskers behind it. */
function rows(
  names: readonly string[],
  each: (row: number, y: number, across: Scale) => readonly string[],
): { height: number; parts: string[] } {
  const box: Box = { x: NAMES_WIDTH, y: 58, width: 800 - NAMES_WIDTH - 30, height: names.length * ROW + 8 };
  const across = linear(0, 1, box.x, box.x + box.width, SHARES);
  const nothing: Scale = { place: () => 0, ticks: [] };
  const y = (row: number): number => box.y + 4 + (row + 0.5) * ROW;
  return {
    height: box.y + box.height,
    parts: [
      ...axes(box, across, nothing, { across: 'recall', up: '' }),
      ...names.flatMap((name, row) => [label(box.x - 8, y(row) + 4, name, 'end'), ...each(row, y(row), across)]),
    ],
  };
}

/** Dots that stand for more than one thing: what is what, in one line. */
function key(y: number, names: readonly string[]): string[] {
  let x = NAMES_WIDTH;
  return names.flatMap((name, i) => {
    const own = [dot(x + 5, y - 4, i), label(x + 16, y, name)];
    x += 40 + name.length * 7;
    return own;
  });
}

function recalls(judged: Judged): Figure {
  const { methods, data, set } = judged;
  const fprs = ['0.01', '0.05'] as const;
  const drawn = rows(
    methods.map(({ name }) => name),
    (row, y, across) =>
      fprs.flatMap((fpr, i) => {
        const method = methods[row]!;
        const [low, high] = intervalOf(method, atFpr(fpr), data.test.attack);
        const shifted = y - 3 + i * 6;
        const middle = across.place(meanOf(method, atFpr(fpr)));
        return [whisker(across.place(low), across.place(high), shifted, i), dot(middle, shifted, i, 3.5)];
      }),
  );
  const told = methods.map(
    (method) =>
      `${method.name} ${percent(meanOf(method, atFpr('0.01')))} and ${percent(meanOf(method, atFpr('0.05')))}`,
  );
  return figure(`${set.id}-recall`, {
    title: `${set.title}: recall at fixed false-positive rates`,
    alt: `Recall at 1 % and at 5 % false positives, with intervals: ${told.join('; ')}.`,
    width: 800,
    height: drawn.height + 66,
    parts: [...drawn.parts, ...key(drawn.height + 56, ['at 1 % false positives', 'at 5 %'])],
  });
}

const MOST_KINDS = 16;

/** Those whose kinds are told: what validation data chose, each with the simplest of its regime. */
export function keyMethods(judged: Judged): Method[] {
  const found = (['normal-only', 'supervised'] as const).flatMap((regime) => {
    const own = selectedOf(judged, regime);
    const usual = judged.methods.find(({ id }) => id === (regime === 'supervised' ? 'random-forest' : 'ensemble'));
    return [own, usual].filter((method) => method !== undefined);
  });
  return [...new Set(found)];
}

function kinds(judged: Judged): Figure {
  const methods = keyMethods(judged);
  const told = methods[0]!.results[0]!.perKind.slice(0, MOST_KINDS);
  const of = (method: Method, kind: string) => method.results[0]!.perKind.find((each) => each.kind === kind)!;
  const drawn = rows(
    told.map(
      ({ kind, support }) => `${kind.length > 18 ? `${kind.slice(0, 17)}…` : kind} (${support.toLocaleString('en')})`,
    ),
    (row, y, across) =>
      methods.flatMap((method, i) => {
        const { recall, interval } = of(method, told[row]!.kind);
        const shifted = y + (i - (methods.length - 1) / 2) * 4;
        const [low, high] = interval.map((value) => across.place(value)) as [number, number];
        return [whisker(low, high, shifted, i), dot(across.place(recall), shifted, i, 3)];
      }),
  );
  const spoken = told
    .slice(0, 6)
    .map(({ kind }) => `${kind} ${methods.map((method) => percent(of(method, kind).recall)).join(', ')}`);
  return figure(`${judged.set.id}-kinds`, {
    title: `${judged.set.title}: recall by kind of attack`,
    alt: `Share of each kind of attack found at the threshold set for 5 % false positives, by ${methods.map(({ name }) => name).join(', ')}: ${spoken.join('; ')}; the rest in the table.`,
    width: 800,
    height: drawn.height + 66,
    parts: [
      ...drawn.parts,
      ...key(
        drawn.height + 56,
        methods.map(({ name }) => name),
      ),
    ],
  });
}

function scorePanel(method: Method, box: Box): string[] {
  const [result] = method.results;
  const { scores } = result!.details!;
  const axis = scoreAxis(scores);
  const bars = scoreBars(scores, axis);
  const most = Math.max(...bars.map(({ up, down }) => Math.max(up, -down)), 0.01);
  const across = linear(axis.from, axis.to, box.x, box.x + box.width, []);
  const middle = box.y + box.height / 2;
  const scale = box.height / 2 / most;
  const width = box.width / bars.length;
  const cut = Math.min(box.x + box.width, Math.max(box.x, across.place(axis.place(result!.threshold.value))));
  return [
    label(box.x, box.y - 10, `${method.name}, ${REGIME_TITLES[method.regime]}`),
    ...bars.flatMap(({ up, down }, i) => {
      const x = box.x + i * width;
      const own = [
        [bar(x, middle - up * scale, width, up * scale, 0), up],
        [bar(x, middle, width, -down * scale, 1), -down],
      ] as const;
      return own.filter(([, size]) => size * scale >= 0.1).map(([text]) => text);
    }),
    `<path class="a" d="M${box.x} ${middle}H${box.x + box.width}"/>`,
    `<path class="a" stroke-dasharray="4 3" d="M${Math.round(cut)} ${box.y}V${box.y + box.height}"/>`,
    label(box.x, box.y + box.height + 16, 'least unusual', 'start', 'd'),
    label(box.x + box.width, box.y + box.height + 16, 'most unusual', 'end', 'd'),
  ];
}

function scores(judged: Judged): Figure {
  const methods = keyMethods(judged).slice(0, 4);
  const told = methods.map(({ name, results }) => {
    const { fpr, recall } = results[0]!.threshold;
    return `of ${name} ${percent(recall)} of the attacks and ${percent(fpr)} of the ordinary records lie at or above it`;
  });
  const boxes = methods.map((_, i): Box => ({
    x: 30 + (i % 2) * 390,
    y: 58 + Math.floor(i / 2) * 240,
    width: 350,
    height: 180,
  }));
  const bottom = boxes.at(-1)!.y + 180;
  return figure(`${judged.set.id}-scores`, {
    title: `${judged.set.title}: scores by class`,
    alt: `Distribution of the scores of the test records, ordinary ones above the line and attacks below, with the threshold that validation data set for 5 %: ${told.join('; ')}.`,
    width: 800,
    height: bottom + 56,
    parts: [
      ...methods.flatMap((method, i) => scorePanel(method, boxes[i]!)),
      dot(35, bottom + 38, 0),
      label(46, bottom + 42, 'ordinary records (up)'),
      dot(215, bottom + 38, 1),
      label(226, bottom + 42, 'attacks (down); heights are square roots of shares; dashed: the threshold'),
    ],
  });
}

const COST_TICKS = [0.01, 0.1, 1, 10, 100, 1000].map((value) => ({ value, text: `${value} s` }));
const LEAST_SECONDS = 0.01;

/** How far a text may be from its dot before a line leads to it. */
const NEAR = 6;

/** Places texts beside their dots so that none lies on another. */
function beside(dots: readonly { x: number; y: number; text: string }[], box: Box): string[] {
  const taken = dots.map(({ x, y }) => ({ x: x - 4, y: y + 4, width: 8 }));
  return [...dots]
    .sort((a, b) => a.x - b.x)
    .flatMap(({ x, y, text }) => {
      const width = text.length * 6.6;
      const isLeft = x + width + 10 > box.x + box.width;
      const from = isLeft ? x - 8 - width : x + 8;
      const isFree = (at: number): boolean =>
        at > box.y + 8 &&
        at < box.y + box.height &&
        !taken.some((one) => Math.abs(one.y - at) < 13 && from < one.x + one.width && one.x < from + width);
      const places = Array.from({ length: 80 }, (_, i) => y + 4 + Math.ceil(i / 2) * 4 * (i % 2 === 0 ? 1 : -1));
      const at = places.find(isFree) ?? y + 4;
      taken.push({ x: from, y: at, width });
      const middle = at - 4;
      const end = isLeft ? from + width + 1 : from - 1;
      const leader = `<path class="a" d="M${Math.round(x)} ${Math.round(y)}L${Math.round(end)} ${Math.round(middle)}"/>`;
      return [...(Math.abs(middle - y) > NEAR ? [leader] : []), label(from, at, text, 'start', 'o')];
    });
}

function cost(judged: Judged): Figure {
  const { methods, set } = judged;
  const spent = (method: Method): number => method.learnSeconds + method.scoreSeconds;
  const box: Box = { x: 60, y: 58, width: 700, height: 340 };
  const most = Math.max(1, ...methods.map(spent));
  const top = COST_TICKS.find(({ value }) => value >= most)?.value ?? most;
  const ticks = COST_TICKS.filter(({ value }) => value <= top);
  const across = logarithmic(LEAST_SECONDS, top, box.x, box.x + box.width, ticks);
  const up = linear(0, 1, box.y + box.height, box.y, SHARES);
  const places = methods.map((method) => ({
    x: across.place(spent(method)),
    y: up.place(meanOf(method, atFpr('0.05'))),
    text: method.name,
    which: method.regime === 'supervised' ? 1 : 0,
  }));
  const told = methods.map(
    (method) => `${method.name} ${seconds(spent(method))} for ${percent(meanOf(method, atFpr('0.05')))}`,
  );
  return figure(`${set.id}-cost`, {
    title: `${set.title}: cost against quality`,
    alt: `Processor time of learning and scoring (logarithmic) against recall at 5 % false positives: ${told.join('; ')}.`,
    width: 800,
    height: 470,
    parts: [
      ...axes(box, across, up, {
        across: 'processor time of learning and scoring',
        up: 'recall at 5 % false positives',
      }),
      ...beside(places, box),
      ...places.map(({ x, y, which }) => dot(x, y, which)),
      ...key(456, [REGIME_TITLES['normal-only'], REGIME_TITLES.supervised]),
    ],
  });
}

/** In the order of the document. */
export function figuresOf(judged: Judged): Figure[] {
  const regimes = (['normal-only', 'supervised'] as const).filter((regime) =>
    judged.methods.some((method) => method.regime === regime),
  );
  return [
    ...regimes.map((regime) => curves(judged, regime)),
    recalls(judged),
    kinds(judged),
    scores(judged),
    cost(judged),
  ];
}
