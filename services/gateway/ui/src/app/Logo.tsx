/** The mark: one thread with a loop in it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden>
      <path
        d="M5 23.500c0-9 2.8-14.5 6.6-14.5 6.6 0 3.8 14.5 9.9 14.5 2.6 0 4-2.5 4-5.8 0-3.1-1.6-5.3-4-5.3-5.4 0-4.4 11.1-11 11.1"
        stroke="#7fd6c5"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
