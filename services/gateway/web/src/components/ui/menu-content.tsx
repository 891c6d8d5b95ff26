import { DropdownMenu } from "radix-ui";

import { cn } from "@/lib/cn";

import { type MenuAction, MenuButton } from "./menu";

/** The ⋯ menu itself. Loaded when the pointer or the focus reaches its button. */
export default function MenuContent({ label, actions, open }: { label: string; actions: MenuAction[]; open: boolean }) {
  return (
    <DropdownMenu.Root defaultOpen={open}>
      <DropdownMenu.Trigger asChild>
        <MenuButton label={label} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 min-w-48 animate-fade rounded-card border border-line bg-raised p-1.5 shadow-lift"
        >
          {actions.map((action) => (
            <DropdownMenu.Item
              key={action.label}
              disabled={action.because !== undefined}
              onSelect={action.run}
              className={cn(
                "flex min-h-11 cursor-pointer flex-col justify-center rounded-control px-3 text-sm outline-none data-disabled:cursor-default data-highlighted:bg-accent-soft",
                action.danger && !action.because && "text-down",
              )}
            >
              <span className={cn(action.because && "text-text-3")}>{action.label}</span>
              {action.because && <span className="max-w-60 pb-1.5 text-meta text-text-3">{action.because}</span>}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
