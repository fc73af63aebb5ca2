/** Models of the lab that a database has promoted. */
import type { PromotedModel } from '../../detect/lab/promoted.ts';
import type { Store } from '../../keep/store/types.ts';

/** Most databases have none, and most runs need none of their detectors. @throws SondeError `damaged-model` */
export async function promotedOf(store: Pick<Store, 'promotedModels'>): Promise<PromotedModel[]> {
  const rows = await store.promotedModels();
  return rows.length === 0 ? [] : (await import('./lab-models.ts')).loadPromoted(rows);
}

/**
 * Asks, now and then, whether something else scores by now: those models, or undefined where nothing has changed.
 *
 * @throws SondeError `damaged-model`; it is not asked for the same again
 */
export function promotedChanges(
  store: Pick<Store, 'promotedModels' | 'promotedKey'>,
): () => Promise<PromotedModel[] | undefined> {
  let known: string | undefined;
  return async () => {
    const key = await store.promotedKey();
    const isNew = known !== undefined && key !== known;
    known = key;
    return isNew ? promotedOf(store) : undefined;
  };
}
