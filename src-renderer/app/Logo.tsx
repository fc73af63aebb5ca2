/** A probe let down into a signal. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M10 1.5v7" />
      <circle cx="10" cy="11.5" r="3" />
      <path d="M1.5 15.5c1.8 0 1.8 3 3.5 3s1.7-3 3.5-3" opacity="0.55" />
      <path d="M11.5 18.5c1.8 0 1.8-3 3.5-3s1.7 3 3.5 3" opacity="0.55" />
    </svg>
  );
}
