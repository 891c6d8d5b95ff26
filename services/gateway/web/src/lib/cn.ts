/** Class names joined, a later Tailwind class winning over an earlier one of the same kind. */
import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: {
    theme: {
      text: ["micro", "meta", "sm", "base", "section", "title-phone", "title", "code"],
      radius: ["bar", "control", "card", "full"],
    },
  },
});

export function cn(...values: ClassValue[]): string {
  return merge(clsx(values));
}
