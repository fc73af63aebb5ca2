import { signOut } from '../lib/sign-in.ts';
import { useSession } from '../lib/desk.tsx';

/** Who is signed in, in a browser; a window belongs to whoever opened it. */
export function Who() {
  const session = useSession();
  if (session?.host !== 'browser') return null;
  const leave = async (): Promise<void> => {
    await signOut().catch(() => undefined);
    // Nothing of what was shown may stay in the page's memory.
    location.reload();
  };
  return (
    <p className="dim">
      {session.user}, {session.role}{' '}
      <button type="button" className="link-button" onClick={() => void leave()}>
        Sign out
      </button>
    </p>
  );
}
