/** Short words about what was just done, in a line of their own at the foot of the window; read out by screen readers. */
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';

type Tell = (text: string, action?: { label: string; run(): void }) => void;

interface Told {
  id: number;
  text: string;
  action?: { label: string; run(): void };
}

const ToastContext = createContext<Tell>(() => undefined);
const STAYS_MS = 8000;
/** What only says that something is done. */
const PLAIN_STAYS_MS = 4000;
/** Side by side. */
const SHOWN = 2;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [told, setTold] = useState<Told[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number): void => setTold((list) => list.filter((each) => each.id !== id)), []);
  const tell = useCallback<Tell>(
    (text, action) => {
      const id = next.current++;
      setTold((list) => [...list.slice(1 - SHOWN), { id, text, ...(action ? { action } : {}) }]);
      setTimeout(() => drop(id), action ? STAYS_MS : PLAIN_STAYS_MS);
    },
    [drop],
  );
  const run = ({ id, action }: Told): void => {
    // Once is enough: what is taken back cannot be taken back again.
    drop(id);
    action?.run();
  };
  const value = useMemo(() => tell, [tell]);
  return (
    <ToastContext value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {told.map((each) => (
          <div key={each.id} className="toast">
            <span title={each.text}>{each.text}</span>
            {each.action ? (
              <button type="button" className="text-button" onClick={() => run(each)}>
                {each.action.label}
              </button>
            ) : null}
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

export function useTell(): Tell {
  return useContext(ToastContext);
}
