import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export const buttonLook = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-control font-semibold whitespace-nowrap transition-colors duration-120 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-5 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-on-accent not-aria-disabled:hover:bg-accent-hi",
        outline: "border border-control text-text not-aria-disabled:hover:bg-raised",
        quiet: "text-text-2 not-aria-disabled:hover:bg-raised not-aria-disabled:hover:text-text",
        danger: "bg-danger text-on-danger",
        plex: "bg-plex text-on-plex not-aria-disabled:hover:brightness-110",
      },
      size: {
        normal: "h-11 px-4.5 text-sm",
        large: "h-13 px-5 text-base",
        small: "h-9 px-3.5 text-sm",
        icon: "size-11",
      },
    },
    defaultVariants: { variant: "outline", size: "normal" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonLook> {
  asChild?: boolean;
  /** Off, yet visible and focusable; say the reason beside it and point to it with `aria-describedby`. */
  off?: boolean;
}

export function Button({ asChild, off, variant, size, className, onClick, type, ...rest }: ButtonProps) {
  const Tag = asChild ? Slot.Root : "button";
  return (
    <Tag
      type={asChild ? undefined : (type ?? "button")}
      className={cn(buttonLook({ variant, size }), className)}
      aria-disabled={off || undefined}
      onClick={off ? (event) => event.preventDefault() : onClick}
      {...rest}
    />
  );
}
