import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export function Card({ className, ...rest }: ComponentProps<"div">) {
  return <div className={cn("rounded-card border border-line bg-surface p-4", className)} {...rest} />;
}

/** A card of rows with a line between them. */
export function RowCard({ className, ...rest }: ComponentProps<"ul">) {
  return <ul className={cn("divide-y divide-line rounded-card border border-line bg-surface px-4", className)} {...rest} />;
}
