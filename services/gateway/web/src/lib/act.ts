/** A change that shows when it is done, says so, and has what it touches read again. */
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { wantsFreshSignIn } from "./fresh";
import { asProblem } from "./problem";
import { toast } from "./toast";

interface Act<Input, Answer> {
  act: (input: Input) => Promise<Answer>;
  says?: (input: Input, answer: Answer) => string;
  rereads: readonly QueryKey[];
  done?: (answer: Answer, input: Input) => void;
  /** The form shows what went wrong itself. */
  inline?: boolean;
}

export function useAct<Input = void, Answer = unknown>({ act, says, rereads, done, inline }: Act<Input, Answer>) {
  const client = useQueryClient();
  const again = useRef<(input: Input) => void>(() => undefined);
  const mutation = useMutation({
    mutationFn: act,
    onSuccess: (answer, input) => {
      if (says) toast(says(input, answer), { tone: "good" });
      done?.(answer, input);
    },
    onError: (error, input) => {
      const asked = wantsFreshSignIn(error, () => again.current(input));
      if (!asked && !inline) toast(asProblem(error).detail, { tone: "bad" });
    },
    onSettled: () => Promise.all(rereads.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  again.current = mutation.mutate;
  return mutation;
}
