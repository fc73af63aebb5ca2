import { usePlace } from './place.tsx';

/** The capture that is looked at. Only for views of a capture. */
export function useCapture(): number {
  const { capture } = usePlace();
  if (capture === null) throw new Error('this view needs a capture');
  return capture;
}
