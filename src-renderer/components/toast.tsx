/** Short words about what was just done, at the foot of the window; read out by screen readers. */
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

export function ToastProvider({ children }: { children: ReactNode }) {
  const [told, setTold] = useState<Told[]>([]);
  const next = useRef(1);
  const tell = useCallback<Tell>((text, action) => {
    const id = next.current++;
    setTold((list) => [...list.slice(-2), { id, text, ...(action ? { action } : {}) }]);
    setTimeout(() => setTold((list) => list.filter((each) => each.id !== id)), action ? STAYS_MS : PLAIN_STAYS_MS);
  }, []);
  const value = useMemo(() => tell, [tell]);
  return (
    <ToastContext value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {told.map(({ id, text, action }) => (
          <div key={id} className="toast">
            <span>{text}</span>
            {action ? (
              <button type="button" className="text-button" onClick={action.run}>
                {action.label}
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
