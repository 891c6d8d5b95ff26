/** All downloads of one person, held or let go on. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { downloadKeys } from "@/api/downloads";
import { asideOptions, letGoOn, operationKeys, putAside } from "@/api/operations";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";

const REREADS = [operationKeys.aside, downloadKeys.all];

export function useLetGoOn() {
  return useAct({ act: (userId: string) => letGoOn(userId), says: () => "Their downloads go on.", rereads: REREADS });
}

export function PutAside({ userId }: { userId: string }) {
  const { data } = useQuery(asideOptions);
  const [reason, setReason] = useState("");
  const hold = useAct({ act: () => putAside(userId, reason.trim()), says: () => "Their downloads are put aside.", rereads: REREADS });
  const resume = useLetGoOn();
  const now = data?.items.find((one) => one.user_id === userId);
  if (now) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3 py-1 text-sm">
        <p className="min-w-0 flex-1">Put aside: “{now.reason}”</p>
        <Button size="small" off={resume.isPending} onClick={() => resume.mutate(userId)}>
          Let them go on
        </Button>
      </div>
    );
  }
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        hold.mutate();
      }}
    >
      <div className="min-w-48 flex-1">
        <Field label="Put everything aside; the reason is shown" value={reason} maxLength={200} placeholder="Reason" onChange={(event) => setReason(event.target.value)} />
      </div>
      <Button type="submit" off={hold.isPending}>
        Put aside
      </Button>
    </form>
  );
}
