import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { useAsk } from '../../../lib/desk.tsx';

const MODELS = { topics: ['models'] } as const;

export function useModels() {
  return useAsk('models', (client, signal) => client.models.list({}, { signal }), MODELS);
}

/** undefined: not known yet; null: there is none. */
export function useModel(id: number): KeptModel | null | undefined {
  const models = useModels().data?.models;
  return models && (models.find((model) => model.id === id) ?? null);
}

export function usePromotions() {
  return useAsk('promotions', (client, signal) => client.models.promotions({}, { signal }), MODELS);
}
