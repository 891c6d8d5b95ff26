import { lazy, type ReactNode, Suspense } from "react";

import { Button } from "./button";

const Sheet = lazy(() => import("./sheet"));

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** The verb and what it is done to: "Delete 3 videos". */
  verb: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is lost, in words that name it. */
export function Confirm({ title, children, verb, busy, onConfirm, onClose }: ConfirmProps) {
  const foot = (
    <>
      <Button onClick={onClose}>Keep</Button>
      <Button variant="danger" off={busy} onClick={onConfirm}>
        {verb}
      </Button>
    </>
  );
  return (
    <Suspense>
      <Sheet title={title} onClose={onClose} foot={foot}>
        <div className="pb-3 text-text-2">{children}</div>
      </Sheet>
    </Suspense>
  );
}
