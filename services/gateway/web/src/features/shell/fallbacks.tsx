import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";

import { ProblemNote } from "@/components/notes";
import { PageTitle, usePageTitle } from "@/components/page";
import { Button } from "@/components/ui/button";

export function NotFound() {
  usePageTitle("Not here");
  return (
    <div className="grid justify-items-start gap-4 p-4 wide:p-7">
      <PageTitle>This is not here (any more)</PageTitle>
      <p className="text-text-2">The address may be mistyped, or what it led to is gone. Search above, or start again.</p>
      <Button asChild variant="primary">
        <Link to="/">Home</Link>
      </Button>
    </div>
  );
}

export function PageFailed({ error }: ErrorComponentProps) {
  const router = useRouter();
  usePageTitle("Something failed");
  return (
    <div className="mx-auto grid max-w-2xl gap-4 p-4 wide:p-7">
      <PageTitle>This page cannot be shown</PageTitle>
      <ProblemNote error={error} onRetry={() => void router.invalidate()} />
    </div>
  );
}
