import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { queryClient } from "@/api/query-client";
import { forgetPerson, setupOptions } from "@/api/session";
import { SignInPage } from "@/features/sign-in/sign-in-page";
import { toast } from "@/lib/toast";

export const Route = createFileRoute("/invitation")({
  loader: ({ context }) => void context.queryClient.prefetchQuery(setupOptions),
  component: Invitation,
});

/** The secret stands behind the #, where no server's log sees it. */
function Invitation() {
  const navigate = useNavigate();
  const [secret] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const done = () => {
    forgetPerson(queryClient);
    toast("Welcome. You are signed in.", { tone: "good" });
    void navigate({ to: "/", replace: true });
  };
  return <SignInPage onDone={done} onSetUp={done} invitation={secret || undefined} />;
}
