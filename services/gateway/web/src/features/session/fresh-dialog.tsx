import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { queryClient } from "@/api/query-client";
import { sessionKeys, setupOptions } from "@/api/session";
import { Button } from "@/components/ui/button";
import Sheet from "@/components/ui/sheet";
import PasswordForm from "@/features/sign-in/password-form";
import { PlexSignIn } from "@/features/sign-in/plex-sign-in";
import { freshStore } from "@/lib/fresh";

/** Before what outlasts a session is changed: is it still you who sits here? */
export default function FreshDialog({ again }: { again: () => void }) {
  const local = useQuery(setupOptions).data?.local_sign_in ?? false;
  const [password, setPassword] = useState(false);
  const close = () => {
    freshStore.set(null);
    setPassword(false);
  };
  const done = () => {
    close();
    void queryClient.invalidateQueries({ queryKey: sessionKeys.me });
    again();
  };
  return (
    <Sheet title="Is it still you?" description="Your sign-in is more than half an hour old. Sign in again; then what you asked for is done." onClose={close}>
        <div className="grid gap-3 pt-2 pb-5">
          {password ? <PasswordForm onDone={done} onBack={() => setPassword(false)} /> : <PlexSignIn onDone={done} stay />}
          {local && !password && (
            <Button variant="quiet" onClick={() => setPassword(true)}>
              Use my password
            </Button>
          )}
        </div>
    </Sheet>
  );
}
