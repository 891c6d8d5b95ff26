import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Smartphone } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";

import { setupOptions } from "@/api/session";
import { PageTitle, usePageTitle } from "@/components/page";
import { Loading, Panel } from "@/components/panel";
import { Button } from "@/components/ui/button";
import { Brand } from "@/features/shell/brand";

import { PlexSignIn } from "./plex-sign-in";
import { SetupForm } from "./setup-form";

const CodeSignIn = lazy(() => import("./code-sign-in"));
const PasswordForm = lazy(() => import("./password-form"));

type Way = "plex" | "code" | "password";

function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center bg-[radial-gradient(70rem_36rem_at_50%_-8rem,var(--accent-soft),transparent)] px-4 py-10">
      <div className="w-full max-w-md">
        <div className="mx-auto mb-7 w-fit scale-125">
          <Brand />
        </div>
        <div className="rounded-card border border-line bg-surface p-6 shadow-lift wide:p-8">{children}</div>
      </div>
    </main>
  );
}

function Ways({ serverName, local, onDone }: { serverName: string | null; local: boolean; onDone: () => void }) {
  const [way, setWay] = useState<Way>("plex");
  const back = () => setWay("plex");
  const lead = serverName ? `Films, requests and downloads for friends of ${serverName}` : "Films, requests and downloads in one place";
  return (
    <>
      <PageTitle className="text-center">Sign in</PageTitle>
      <p className="mt-2 mb-6 text-center text-balance text-text-2">{lead}</p>
      <Suspense fallback={<Loading><div className="skeleton h-40" /></Loading>}>
        {way === "code" && <CodeSignIn onDone={onDone} onBack={back} />}
        {way === "password" && <PasswordForm onDone={onDone} onBack={back} />}
      </Suspense>
      {way === "plex" && (
        <div className="grid gap-1">
          <PlexSignIn onDone={onDone} />
          <Button className="w-full" onClick={() => setWay("code")}>
            <Smartphone aria-hidden /> Use a code on another device
          </Button>
          {local && (
            <Button variant="quiet" size="small" className="mt-3 justify-self-center text-meta" onClick={() => setWay("password")}>
              Owner: sign in with a password <ChevronRight aria-hidden className="size-4!" />
            </Button>
          )}
        </div>
      )}
    </>
  );
}

function FirstStart({ onDone, onPlex }: { onDone: () => void; onPlex: () => void }) {
  return (
    <>
      <PageTitle>Welcome</PageTitle>
      <p className="mt-2 mb-6 text-text-2">This MediaNest is new. Show that it is yours: by the set-up code, or as the owner of its Plex server.</p>
      <SetupForm onDone={onDone} />
      <Button className="mt-4 w-full" onClick={onPlex}>
        Sign in with Plex instead <ChevronRight aria-hidden className="size-4!" />
      </Button>
    </>
  );
}

export function SignInPage({ onDone }: { onDone: () => void }) {
  const setup = useQuery(setupOptions);
  const [plex, setPlex] = useState(false);
  const fresh = setup.data?.needed === true && !plex;
  usePageTitle(fresh ? "Set up" : "Sign in");
  return (
    <Frame>
      <Panel query={setup} failed="MediaNest cannot be reached." skeleton={<div className="skeleton h-56" />}>
        {({ local_sign_in, server_name }) =>
          fresh ? <FirstStart onDone={onDone} onPlex={() => setPlex(true)} /> : <Ways serverName={server_name ?? null} local={local_sign_in} onDone={onDone} />
        }
      </Panel>
    </Frame>
  );
}
