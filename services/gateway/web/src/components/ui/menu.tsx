/** The ⋯ button of a row: its menu is loaded when somebody is about to use it. */
import { Ellipsis } from "lucide-react";
import { type ComponentProps, lazy, Suspense, useState } from "react";

import { Button } from "./button";

export interface MenuAction {
  label: string;
  run: () => void;
  /** Why it is not possible now; then the item stands there with its reason. */
  because?: string;
  danger?: boolean;
}

const load = () => import("./menu-content");
const MenuContent = lazy(load);

export function MenuButton({ label, ...rest }: ComponentProps<typeof Button> & { label: string }) {
  return (
    <Button variant="quiet" size="icon" aria-label={label} {...rest}>
      <Ellipsis aria-hidden />
    </Button>
  );
}

export function Menu({ label, actions }: { label: string; actions: MenuAction[] }) {
  const [asked, setAsked] = useState(false);
  const button = (
    <MenuButton
      label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setAsked(true)}
    />
  );
  if (!asked) return button;
  return (
    <Suspense fallback={button}>
      <MenuContent label={label} actions={actions} open />
    </Suspense>
  );
}
