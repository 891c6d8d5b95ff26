import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Smartphone } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { setupOptions } from "@/api/session";
import { PageTitle, usePageTitle } from "@/components/page";
import { Loading, Panel } from "@/components/panel";
import { Button } from "@/components/ui/button";

import { Frame } from "./frame";
import { PlexSignIn } from "./plex-sign-in";
import { SetupForm } from "./setup-form";

const CodeSignIn = lazy(() => import("./code-sign-in"));
const PasswordForm = lazy(() => import("./password-form"));

type Way = "plex" | "code" | "password";

interface WaysProps {
  serverName: string | null;
  local: boolean;
  onDone: () => void;
  /** The secret of an invitation link. */
  invitation?: string;
}

function Ways({ serverName, local, onDone, invitation }: WaysProps) {
  const [way, setWay] = useState<Way>("plex");
  const back = () => setWay("plex");
  // A server that nobody gave a name is called so, and has no friends.
  const friends = serverName && serverName !== "Plex" ? `Films, requests and downloads for friends of ${serverName}` : "Films, requests and downloads in one place";
  const lead = invitation ? `${friends}. Sign in with Plex to accept; the link works once.` : friends;
  return (
    <>
      <PageTitle className="text-center">{invitation ? "You are invited" : "Sign in"}</PageTitle>
      <p className="mt-2 mb-6 text-center text-balance text-text-2">{lead}</p>
      <Suspense fallback={<Loading><div className="skeleton h-40" /></Loading>}>
        {way === "code" && <CodeSignIn invitation={invitation} onDone={onDone} onBack={back} />}
        {way === "password" && <PasswordForm onDone={onDone} onBack={back} />}
      </Suspense>
      {way === "plex" && (
        <div className="grid gap-2">
          <PlexSignIn invitation={invitation} onDone={onDone} />
          <Button className="h-auto min-h-11 w-full py-2 whitespace-normal" onClick={() => setWay("code")}>
            <Smartphone aria-hidden /> Use a code on another device
          </Button>
          {local && !invitation && (
            <Button variant="quiet" size="small" className="mt-3 h-auto min-h-9 justify-self-center py-1.5 text-meta whitespace-normal" onClick={() => setWay("password")}>
              Owner: sign in with a password <ChevronRight aria-hidden className="size-4!" />
            </Button>
          )}
        </div>
      )}
    </>
  );
}

function FirstStart({ onSetUp, onPlex }: { onSetUp: () => void; onPlex: () => void }) {
  return (
    <>
      <PageTitle>Welcome</PageTitle>
      <p className="mt-2 mb-6 text-text-2">This MediaNest is new. Show that it is yours: by the set-up code, or as the owner of its Plex server.</p>
      <SetupForm onDone={onSetUp} />
      <Button className="mt-4 h-auto min-h-11 w-full py-2 whitespace-normal" onClick={onPlex}>
        Sign in with Plex instead <ChevronRight aria-hidden className="size-4!" />
      </Button>
    </>
  );
}

interface SignInPageProps {
  onDone: () => void;
  /** After the first start by code: the rest of the set-up. */
  onSetUp: () => void;
  invitation?: string;
}

export function SignInPage({ onDone, onSetUp, invitation }: SignInPageProps) {
  const setup = useQuery(setupOptions);
  const [plex, setPlex] = useState(false);
  const fresh = setup.data?.needed === true && !plex;
  usePageTitle(fresh ? "Set up" : invitation ? "You are invited" : "Sign in");
  return (
    <Frame>
      <Panel query={setup} failed="MediaNest cannot be reached." skeleton={<div className="skeleton h-56" />}>
        {({ local_sign_in, server_name }) =>
          fresh ? (
            <FirstStart onSetUp={onSetUp} onPlex={() => setPlex(true)} />
          ) : (
            <Ways serverName={server_name ?? null} local={local_sign_in} invitation={invitation} onDone={onDone} />
          )
        }
      </Panel>
    </Frame>
  );
}
