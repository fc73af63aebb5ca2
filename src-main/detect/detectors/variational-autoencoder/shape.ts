/** Widths between input and latent, and back again. */
export const ENCODER_HIDDEN = [64, 32] as const;
export const LATENT = 8;
/** Logarithms of the latent variances are kept within. */
export const LOG_VARIANCE: readonly [least: number, most: number] = [-8, 4];
