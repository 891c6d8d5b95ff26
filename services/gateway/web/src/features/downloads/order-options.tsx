import { type ReactNode, useId, useState } from "react";

import type { Preset, SponsorBlockCategory } from "@/api/models";
import { Choice, Field, inputLook, Tick } from "@/components/ui/field";

import { extrasLine, INTO, type Into, isSound, KEEP, LANGUAGES, type Options, parseLanguages, SPONSORBLOCK } from "./options";
import { PRESETS } from "./words";

interface OrderOptionsProps {
  options: Options;
  presets: Preset[];
  onChange: (options: Options) => void;
}

function toggled<T>(list: T[], one: T): T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}

function Languages({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const known = Object.keys(LANGUAGES);
  const [text, setText] = useState(chosen.filter((code) => !known.includes(code)).join(", "));
  const other = parseLanguages(text);
  const type = (typed: string) => {
    setText(typed);
    const codes = parseLanguages(typed);
    if (codes) onChange([...chosen.filter((code) => known.includes(code)), ...codes.filter((code) => !known.includes(code))]);
  };
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Subtitles, as far as there are any</legend>
      <div className="grid grid-cols-2 gap-x-4 wide:grid-cols-4">
        {known.map((code) => (
          <Tick key={code} label={LANGUAGES[code]!} checked={chosen.includes(code)} onChange={() => onChange(toggled(chosen, code))} />
        ))}
      </div>
      <div className="mt-1 max-w-72">
        <Field label="Other languages" placeholder="ja, pt" value={text} maxLength={100} spellCheck={false} problem={other ? undefined : "Codes like en or pt-BR, with commas."} onChange={(event) => type(event.target.value)} />
      </div>
    </fieldset>
  );
}

function CutOut({ chosen, onChange }: { chosen: SponsorBlockCategory[]; onChange: (chosen: SponsorBlockCategory[]) => void }) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Cut out, as far as people have marked it at SponsorBlock</legend>
      <div className="grid gap-x-4 wide:grid-cols-3">
        {(Object.keys(SPONSORBLOCK) as SponsorBlockCategory[]).map((category) => (
          <Tick key={category} label={SPONSORBLOCK[category]} checked={chosen.includes(category)} onChange={() => onChange(toggled(chosen, category))} />
        ))}
      </div>
    </fieldset>
  );
}

function More({ options, children }: { options: Options; children: ReactNode }) {
  const line = extrasLine(options);
  return (
    <details className="group">
      <summary className="flex min-h-11 flex-wrap items-center gap-x-2 text-sm font-medium text-link hover:underline">
        Subtitles, cutting, keeping
        {line && <span className="text-meta font-normal text-text-3">{line}</span>}
      </summary>
      <div className="grid gap-4 border-l-2 border-line py-2 pl-4">{children}</div>
    </details>
  );
}

export function OrderOptions({ options, presets, onChange }: OrderOptionsProps) {
  const id = useId();
  const set = (change: Partial<Options>) => onChange({ ...options, ...change });
  const named = options.into === "collection" || options.into === "both";
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <Choice
          label="Quality"
          value={options.preset}
          onChange={(event) => set({ preset: event.target.value as Preset })}
          options={presets.map((value) => ({ value, label: PRESETS[value] }))}
        />
        <Choice
          label="Put into"
          value={options.into}
          onChange={(event) => set({ into: event.target.value as Into })}
          options={(Object.keys(INTO) as Into[]).map((value) => ({ value, label: INTO[value] }))}
        />
        {named && (
          <div className="grid min-w-48 flex-1 gap-1">
            <label htmlFor={id} className="text-meta text-text-3">
              Name of the collection
            </label>
            <input id={id} value={options.collection} maxLength={200} onChange={(event) => set({ collection: event.target.value })} className={inputLook} />
          </div>
        )}
      </div>
      <More options={options}>
        {!isSound(options.preset) && <Languages chosen={options.subtitles} onChange={(subtitles) => set({ subtitles })} />}
        <CutOut chosen={options.sponsorblock} onChange={(sponsorblock) => set({ sponsorblock })} />
        <div className="max-w-60">
          <Choice
            label="Keep it"
            value={String(options.keepDays)}
            onChange={(event) => set({ keepDays: Number(event.target.value) })}
            options={KEEP.map(({ value, label }) => ({ value: String(value), label }))}
          />
        </div>
      </More>
    </>
  );
}
