/** What passes between a live capture and the thread that learns for it. */
export interface LearnData {
  rows: number;
  /** Rows of the flow features, one after the other. */
  data: Float32Array;
  seed: number;
  /** Of the rows, in words. */
  source: string;
}

export type LearnResult = { model: Uint8Array } | { failed: string };
