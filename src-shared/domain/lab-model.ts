/** Models of the lab as a database keeps them: what they are, whether flows can be scored by them, what was done with them. */

/** `records`: trained from a file of labelled records; `retrain`: as a model before, on another file. */
export const MODEL_SOURCES = ['experiment', 'records', 'import', 'schedule', 'retrain'] as const;

export interface ModelSource {
  kind: (typeof MODEL_SOURCES)[number];
  /** Number of the experiment, names of files. */
  detail: string;
}

/** Settings of a detector that were tried, the usual one first, each with its figures and their mean. */
export interface ParameterSearch {
  detector: string;
  criterion: string;
  tried: { parameters: Record<string, number>; folds: number[]; mean: number }[];
  chosen: Record<string, number>;
}

/** Columns that packets give: those of `sonde features`, or those of a flow as `--flows` and Zeek's conn.log have it. */
export const COMPUTABLE = ['flow-features', 'flow-fields'] as const;

/** Whether packets give every column that a model needs. */
export interface Promotable {
  /** Null: they do not. */
  by: (typeof COMPUTABLE)[number] | null;
  /** Why not, in words; '' where they do. */
  reason: string;
  /** Columns that packets cannot give. */
  columns: string[];
}

/** How well records that were held back were told apart. */
export interface HeldBackFigures {
  /** Kinds of attack that the judged detector had not seen; the saved one has. */
  leftOut: string[];
  normal: number;
  attack: number;
  /** null where there was no attack to judge by. */
  rocAuc: number | null;
  prAuc: number | null;
  /** At the threshold: shares of ordinary records and of attacks that are alarms. */
  fpr: number;
  recall: number | null;
}

export interface LabModelSummary {
  detector: string;
  /** What the detector says of itself. */
  chosen: string;
  regime: 'normal-only' | 'contaminated' | 'supervised';
  /** Format of the records it learned from. */
  format: string;
  seed: number;
  /** Names of the columns it needs. */
  columns: string[];
  threshold: { score: number; targetFpr: number };
  /** All of them, set or usual; absent of models of before. */
  parameters?: Record<string, number> | undefined;
  /** What was tried on validation data. */
  search?: ParameterSearch | undefined;
  training: {
    files: string[];
    rows: number;
    normal: number;
    attack: number;
    /** Most frequent first. */
    kinds: { kind: string; count: number }[];
  };
  heldBack: HeldBackFigures;
}

/** What stands for a summary that cannot be read: the model can be removed, and no more. */
export const DAMAGED_SUMMARY: LabModelSummary = {
  detector: 'damaged',
  chosen: '',
  regime: 'normal-only',
  format: '',
  seed: 0,
  columns: [],
  threshold: { score: 0, targetFpr: 0 },
  training: { files: [], rows: 0, normal: 0, attack: 0, kinds: [] },
  heldBack: { leftOut: [], normal: 0, attack: 0, rocAuc: null, prAuc: null, fpr: 0, recall: null },
};

/** Whether what the database says of a model cannot be read. */
export const isDamaged = ({ summary }: { summary: { detector: string } }): boolean =>
  summary.detector === DAMAGED_SUMMARY.detector;

export interface LabModelRow {
  id: number;
  name: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  user: string;
  source: ModelSource;
  /** Of its file, in hex, and the bytes of it. */
  sha256: string;
  size: number;
  summary: LabModelSummary;
  promotable: Promotable;
  /** Where it scores flows now: as `lab:SLOT`. */
  slots: string[];
  /** Of whoever trained it, JSON; '' where there are none. */
  notes: string;
}

/** A name under which a promoted model scores. */
export const SLOT = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Models that may score at once. */
export const MOST_SLOTS = 4;
/** Bytes of a model that a database takes. */
export const LAB_MODEL_MAX = 64 * 1024 * 1024;

export const PROMOTION_ACTIONS = ['promote', 'roll-back', 'withdraw'] as const;

/** A change of what scores in a slot. */
export interface Promotion {
  id: number;
  at: number;
  user: string;
  slot: string;
  action: (typeof PROMOTION_ACTIONS)[number];
  /** What scores from now on, and what did; null: nothing. A model that was removed since keeps its name here. */
  model: number | null;
  name: string;
  before: number | null;
  beforeName: string;
  why: string;
}

/** The slots of the daily retraining: what learned from ordinary flows, and what learned from incidents that were judged. */
export const DAILY_SLOTS = ['daily-ordinary', 'daily-judged'] as const;
export type DailySlot = (typeof DAILY_SLOTS)[number];

/** On flows that were held back. */
export interface RetrainFigures {
  /** ROC-AUC: against made-up anomalies, or against the flows of confirmed incidents. */
  separation: number;
  /** Share of ordinary flows that are alarms. */
  alarms: number;
  ordinary: number;
  /** Flows of confirmed incidents, or made-up anomalies. */
  strange: number;
}

export interface RetrainOutcome {
  slot: DailySlot;
  taken: boolean;
  /** What was trained, where it was kept. */
  model: number | null;
  /** What changed, or why nothing did. */
  words: string;
  next: RetrainFigures | null;
  before: RetrainFigures | null;
}

export const RETRAIN_TRIGGERS = ['schedule', 'by-hand'] as const;

export interface RetrainRun {
  id: number;
  at: number;
  user: string;
  trigger: (typeof RETRAIN_TRIGGERS)[number];
  outcomes: RetrainOutcome[];
  /** What the database says of it cannot be read: nothing but the above is known. */
  damaged?: true | undefined;
}

/** When models are trained anew, each day. */
export interface RetrainSchedule {
  enabled: boolean;
  /** 0 … 23, of the machine's own time. */
  hour: number;
}

export const DEFAULT_SCHEDULE: RetrainSchedule = { enabled: false, hour: 3 };
