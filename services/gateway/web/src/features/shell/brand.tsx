export function Brand({ compact }: { compact?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2.5 text-section font-[650]">
      <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden>
        <path d="M3 12c0 8 5 12 11 12s11-4 11-12" fill="none" stroke="var(--accent)" strokeWidth="3.4" strokeLinecap="round" />
        <path d="M11.5 6.5v8l6.5-4z" fill="var(--text)" />
      </svg>
      <span className={compact ? "sr-only desk:not-sr-only" : undefined}>MediaNest</span>
    </span>
  );
}
