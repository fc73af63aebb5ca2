/** Made-up anomalies from ordinary rows, to judge detectors by without a single label. */
export { madeUpAnomalies } from '../detectors/contrast/made-up.ts';
