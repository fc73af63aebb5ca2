/** Tries out a continuous export, as it is kept or as it would be. */
import { useState } from 'react';
import { useAct } from '../../../lib/desk.tsx';
import type { Tested } from '../channels/TestAnswer.tsx';
import { sendable, type ExportDraft } from './draft.ts';

export function useExportTest() {
  const { act, busy, error } = useAct();
  const [tested, setTested] = useState<Tested | null>(null);
  const test = async (draft: ExportDraft): Promise<void> => {
    setTested(null);
    const { id: _, name: __, enabled: ___, ...asked } = sendable(draft);
    await act(async (client) => setTested(await client.siem.test(asked)));
  };
  return { test, tested, busy, error };
}
