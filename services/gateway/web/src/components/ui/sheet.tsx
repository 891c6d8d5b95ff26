/** A dialog: centred on a desk, a sheet from below on a phone. Loaded when it is first meant. */
import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useRef } from "react";

import { Button } from "./button";

interface SheetProps {
  title: string;
  description?: string;
  onClose: () => void;
  children: ReactNode;
  /** The buttons, kept in sight at the foot. */
  foot?: ReactNode;
  /** Without a way to dismiss it: something must be decided. */
  firm?: boolean;
}

export default function Sheet({ title, description, onClose, children, foot, firm }: SheetProps) {
  const content = useRef<HTMLDivElement>(null);
  const stay = firm ? (event: Event) => event.preventDefault() : undefined;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-sunken/80" />
        <Dialog.Content
          ref={content}
          onOpenAutoFocus={(event) => {
            // The dialog itself, so that its name is read first and no button is armed.
            event.preventDefault();
            content.current?.focus();
          }}
          onEscapeKeyDown={stay}
          onInteractOutside={stay}
          {...(description ? {} : { "aria-describedby": undefined })}
          className="fixed inset-x-0 bottom-0 z-50 flex max-h-[88dvh] animate-rise flex-col rounded-t-card border border-line bg-raised shadow-lift outline-none wide:inset-x-auto wide:top-1/2 wide:bottom-auto wide:left-1/2 wide:w-[min(34rem,calc(100vw-3rem))] wide:-translate-x-1/2 wide:-translate-y-1/2 wide:rounded-card"
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-section font-semibold">{title}</Dialog.Title>
              {description && <Dialog.Description className="mt-1 text-sm text-text-2">{description}</Dialog.Description>}
            </div>
            {!firm && (
              <Dialog.Close asChild>
                <Button variant="quiet" size="icon" aria-label="Close" className="-mt-1.5 -mr-2.5">
                  <X aria-hidden />
                </Button>
              </Dialog.Close>
            )}
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</div>
          {foot && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 pt-3 pb-[calc(12px+env(safe-area-inset-bottom))] max-wide:*:flex-1">
              {foot}
            </footer>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
