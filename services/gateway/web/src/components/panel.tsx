/** Shows exactly one of: loading, failed, empty, or the data with its age. */
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { Banner, ProblemNote } from "./notes";

const PATIENCE_MS = 8000;

/** True once `ms` have gone by since this was first shown. */
export function useAfter(ms: number): boolean {
  const [past, setPast] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPast(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return past;
}

/** A skeleton of the final size: it shows after a moment, and after a long one says so. */
export function Loading({ children, label = "Loading" }: { children: ReactNode; label?: string }) {
  const visible = useAfter(150);
  const long = useAfter(PATIENCE_MS);
  return (
    <div role="status" aria-busy className={visible ? undefined : "invisible"}>
      <span className="sr-only">{label}</span>
      {children}
      {long && <p className="mt-2 text-sm text-text-3">This takes longer than usual.</p>}
    </div>
  );
}

type Read<T> = Pick<UseQueryResult<T>, "data" | "error" | "isPending"> & { refetch: () => unknown };

interface PanelProps<T> {
  query: Read<T>;
  /** What could not be read, for the note: "Your downloads could not be read." */
  failed: string;
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** What is already there stays when a later reading fails, with the reason above it. */
export function Panel<T>({ query, failed, skeleton, children }: PanelProps<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && (
          <div className="mb-3">
            <Banner tone="limited" title="This may be old">
              {query.error.message}
            </Banner>
          </div>
        )}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <ProblemNote what={failed} error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading>{skeleton}</Loading>;
}

export function RowSkeletons({ rows, className = "h-16" }: { rows: number; className?: string }) {
  return (
    <div className="grid gap-2">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={`skeleton ${className}`} />
      ))}
    </div>
  );
}
