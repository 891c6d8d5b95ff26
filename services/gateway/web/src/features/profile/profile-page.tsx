import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Laptop, Smartphone } from "lucide-react";
import { useState } from "react";

import type { Device } from "@/api/models";
import { devicesOptions, forgetPerson, revokeDevice, sessionKeys, signOut } from "@/api/session";
import { userOptions } from "@/api/users";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card, RowCard } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { may, useMe } from "@/features/session/me";
import { LinkPlex } from "@/features/sign-in/link-plex";
import { useAct } from "@/lib/act";
import { asProblem } from "@/lib/problem";
import { SERVICE } from "@/lib/states";
import { useStore } from "@/lib/store";
import { chooseTheme, type Theme, themeStore } from "@/lib/theme";
import { toast } from "@/lib/toast";

import { PasswordChange } from "./password";
import { Tokens } from "./tokens";

const THEMES: { value: Theme; label: string }[] = [
  { value: "dark", label: "Dark" },
  { value: "light", label: "Light" },
  { value: "system", label: "As the system" },
];

function ThemeChoice() {
  const theme = useStore(themeStore);
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {THEMES.map(({ value, label }) => (
        <label
          key={value}
          className="inline-flex h-11 cursor-pointer items-center gap-2 rounded-control border border-control px-4 text-sm font-medium has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
        >
          <input type="radio" name="theme" value={value} checked={theme === value} onChange={() => chooseTheme(value)} className="size-4 accent-(--accent)" />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function DeviceRow({ device }: { device: Device }) {
  const revoke = useAct({ act: () => revokeDevice(device.id), says: () => `Signed out: ${device.device}.`, rereads: [sessionKeys.devices] });
  const Icon = /phone|android|ipad|mobile/i.test(device.device) ? Smartphone : Laptop;
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <Icon aria-hidden className="size-5 text-text-3" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{device.device}</p>
        <p className="text-meta text-text-3">
          {device.current ? "this one" : <>last used <Time at={device.last_used_at} soon /></>} · since <Time at={device.created_at} />
        </p>
      </div>
      {!device.current && (
        <Button size="small" off={revoke.isPending} onClick={() => revoke.mutate()} aria-label={`Sign out ${device.device}`}>
          Sign out
        </Button>
      )}
    </li>
  );
}

function SignOut() {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: (everywhere: boolean) => signOut(everywhere),
    onSuccess: async () => {
      client.removeQueries({ queryKey: sessionKeys.me });
      await navigate({ to: "/sign-in" });
      forgetPerson(client);
    },
    onError: (error) => toast(asProblem(error).detail, { tone: "bad" }),
  });
  return (
    <div className="flex flex-wrap gap-2">
      <Button off={leave.isPending} onClick={() => leave.mutate(false)}>
        Sign out here
      </Button>
      <Button variant="quiet" off={leave.isPending} onClick={() => setAsking(true)}>
        Sign out everywhere…
      </Button>
      {asking && (
        <Confirm title="Sign out everywhere?" verb="Sign out everywhere" busy={leave.isPending} onClose={() => setAsking(false)} onConfirm={() => leave.mutate(true)}>
          All your devices, this one too, must sign in again.
        </Confirm>
      )}
    </div>
  );
}

export function ProfilePage() {
  const me = useMe();
  const devices = useQuery(devicesOptions);
  const own = useQuery({ ...userOptions(me?.id ?? ""), enabled: may(me, "users:read") });
  const local = own.data?.local_sign_in ?? false;
  usePageTitle("Profile");
  if (!me) return null;
  return (
    <div className="grid max-w-3xl gap-8">
      <PageTitle>{me.username}</PageTitle>
      <Card className="grid gap-1 text-sm text-text-2">
        <p>{me.role === "admin" ? "You look after this server." : "You are a guest of this server."}</p>
        <p className="flex items-center gap-2">
          Plex account: {me.plex_linked ? <StateWord look={{ ...SERVICE.up, word: "linked" }} /> : "not linked"}
        </p>
        {!me.plex_linked && <LinkPlex />}
        <p>
          Here since <Time at={me.created_at} />
        </p>
      </Card>
      {may(me, "system:manage") && (
        <Button asChild className="justify-self-start wide:hidden">
          <Link to="/admin">Admin pages</Link>
        </Button>
      )}
      <Section title="Theme">
        <ThemeChoice />
      </Section>
      <Section title="Where you are signed in">
        <Panel query={devices} failed="Your devices could not be read." skeleton={<RowSkeletons rows={2} />}>
          {({ items }) => (
            <RowCard>
              {items.map((device) => (
                <DeviceRow key={device.id} device={device} />
              ))}
            </RowCard>
          )}
        </Panel>
      </Section>
      {local && (
        <Section title="Password">
          <PasswordChange />
        </Section>
      )}
      <Tokens />
      <Section title="Leave">
        <SignOut />
      </Section>
    </div>
  );
}
