import { createFileRoute, useNavigate } from "@tanstack/react-router";

import { queryClient } from "@/api/query-client";
import { forgetPerson, setupOptions } from "@/api/session";
import { SignInPage } from "@/features/sign-in/sign-in-page";
import { toast } from "@/lib/toast";

interface SignInSearch {
  next?: string;
}

/** Only a path of this site, so that nobody is sent elsewhere by a link to our sign-in. */
function ownPath(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(value) ? value : undefined;
}

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search): SignInSearch => ({ next: ownPath(search.next) }),
  loader: ({ context }) => void context.queryClient.prefetchQuery(setupOptions),
  component: SignIn,
});

function SignIn() {
  const navigate = useNavigate();
  const { next } = Route.useSearch();
  const done = () => {
    forgetPerson(queryClient);
    toast("You are signed in.", { tone: "good" });
    void navigate({ href: next ?? "/", replace: true });
  };
  const setUp = () => {
    forgetPerson(queryClient);
    void queryClient.invalidateQueries({ queryKey: setupOptions.queryKey });
    void navigate({ to: "/setup", replace: true });
  };
  return <SignInPage onDone={done} onSetUp={setUp} />;
}
