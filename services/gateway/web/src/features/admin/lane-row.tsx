import { useState } from "react";

import { downloadKeys } from "@/api/downloads";
import type { Lane } from "@/api/models";
import { operationKeys, pauseLane, resumeLane } from "@/api/operations";
import { statusKeys } from "@/api/status";
import { StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { laneLine, laneLook, laneReason } from "./system-words";

const REREADS = [operationKeys.lanes, downloadKeys.all, statusKeys.all];

/** One way out to the video sites; paused, it hands nothing more out, and what runs goes on. */
export function LaneRow({ lane }: { lane: Lane }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const pause = useAct({ act: () => pauseLane(lane.egress, reason.trim()), says: () => `${lane.egress}: paused. What runs goes on.`, rereads: REREADS, done: () => setAsking(false) });
  const resume = useAct({ act: () => resumeLane(lane.egress), says: () => `${lane.egress}: goes on, one at a time at first.`, rereads: REREADS });
  const why = laneReason(lane);
  return (
    <li className="grid gap-3 py-3.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-40 flex-1">
          <p className="font-[550]">{lane.egress}</p>
          <p className="text-meta text-text-3">{laneLine(lane)}</p>
          {why && <p className="text-sm text-text-2">{why}</p>}
        </div>
        <StateWord look={laneLook(lane)} />
        {lane.paused ? (
          <Button size="small" off={resume.isPending} onClick={() => resume.mutate()} aria-label={`Resume ${lane.egress}`}>
            Resume
          </Button>
        ) : (
          <Button size="small" aria-expanded={asking} onClick={() => setAsking(!asking)} aria-label={`Pause ${lane.egress}`}>
            Pause…
          </Button>
        )}
      </div>
      {asking && !lane.paused && (
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            pause.mutate();
          }}
        >
          <div className="min-w-48 flex-1">
            <Field label="Reason, shown to everybody who waits" value={reason} maxLength={200} autoFocus onChange={(event) => setReason(event.target.value)} />
          </div>
          <Button type="submit" off={pause.isPending}>
            Pause it
          </Button>
        </form>
      )}
    </li>
  );
}
