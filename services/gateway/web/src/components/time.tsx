import { exact, moment, when } from "@/lib/format";

/** A time in words; the exact one is in its title. `soon` adds the clock time to a day that is to come. */
export function Time({ at, soon }: { at: string; soon?: boolean }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {soon ? moment(at) : when(at)}
    </time>
  );
}
