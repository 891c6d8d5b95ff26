import { cn } from "@/lib/cn";

interface ProgressProps {
  /** 0 to 1, or null where the whole is not known: then a stripe moves. */
  share: number | null;
  label: string;
  /** What is said instead of a bare number. */
  text: string;
  className?: string;
  calm?: boolean;
  /** A meter says how full something is, not how far along. */
  role?: "progressbar" | "meter";
}

export function Progress({ share, label, text, className, calm, role = "progressbar" }: ProgressProps) {
  return (
    <div
      role={role}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      aria-valuetext={text}
      className={cn("h-1.5 overflow-hidden rounded-full bg-raised inset-ring inset-ring-line", className)}
    >
      {share === null ? (
        <div className="progress-fill h-full w-1/3 animate-stripe rounded-full bg-accent" />
      ) : (
        <div
          className={cn("progress-fill h-full origin-left rounded-full transition-[width] duration-500 ease-linear", calm ? "bg-control" : "bg-accent")}
          style={{ width: `${share * 100}%` }}
        />
      )}
    </div>
  );
}
