/** Models, as the commands load them. */
export { loadScoringModel, sayingModel } from '../pipeline/model.ts';
