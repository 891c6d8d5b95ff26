/** What yt-dlp said last; the API gives it to administrators alone. */
export function LogEnd({ log }: { log: string | null | undefined }) {
  if (!log) return null;
  return (
    <details className="mt-1 text-meta">
      <summary className="text-link">The end of its log</summary>
      <pre tabIndex={0} className="mt-1 max-h-60 overflow-auto rounded-control bg-sunken p-2 font-mono text-micro whitespace-pre-wrap">
        {log}
      </pre>
    </details>
  );
}
